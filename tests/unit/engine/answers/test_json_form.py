import dataclasses
import json
import types

import pytest

from paceline.engine.answers import json_form, ranges


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    parts: tuple[ranges.Unavailable, ...]
    counts: types.MappingProxyType[str, int]
    value: float | None


def test_an_answer_becomes_plain_json():
    whole = Whole((ranges.Unavailable("a", "because"),), types.MappingProxyType({"x": 1}), 1.5)
    form = json_form.to_json(whole)

    assert form == {"parts": [{"field": "a", "reason": "because"}], "counts": {"x": 1}, "value": 1.5}
    assert json.loads(json.dumps(form, allow_nan=False)) == form


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_null(value):
    assert json_form.to_json(Whole((), types.MappingProxyType({}), value))["value"] is None


@pytest.mark.parametrize("value", [{"a": 1}, Whole, Whole((object(),), types.MappingProxyType({}), None)])
def test_what_has_no_form_is_refused(value):
    with pytest.raises(TypeError):
        json_form.to_json(value)
