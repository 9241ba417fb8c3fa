"""Whatever paceline raises can be caught by one name, and says what to do."""

import inspect

from paceline import errors


def test_every_error_is_a_paceline_error_with_a_docstring():
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    assert len(found) == 9
    assert all(issubclass(kind, errors.PacelineError) and kind.__doc__ for kind in found)


def test_a_missing_extra_tells_the_command():
    error = errors.MissingExtra("web", "the dashboard")
    assert str(error) == "the dashboard: install the extra that brings it: pip install 'paceline[web]'"
    assert error.extra == "web"
