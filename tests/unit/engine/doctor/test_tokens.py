"""The tokens: their source and their file."""

import pytest
from tests.unit.engine.doctor.fix_circumstances import circumstances_of, said

from paceline.engine.doctor import tokens
from paceline.web import settings as web_settings
from paceline.web.access import tokens as web_tokens

SECRET = "s3cret-" * 5


def test_none_yet_is_well_and_makes_none(tmp_path):
    assert said(tokens, circumstances_of(tmp_path)) == [("ok", "tokens are made when they are first needed", None)]
    assert list(tmp_path.iterdir()) == []


def test_kept_ones_are_told_by_their_file(tmp_path):
    access = web_tokens.Access(web_settings.WebSettings(), tmp_path / "state" / "shop")
    ((status, text, _),) = said(tokens, circumstances_of(tmp_path))
    assert (status, text) == ("ok", f"tokens are kept in {tmp_path}/state/shop/tokens.json, mode 0600")
    assert access.viewer_token not in text


def test_a_file_that_others_can_read_is_a_problem_since_it_is_not_used(tmp_path):
    web_tokens.Access(web_settings.WebSettings(), tmp_path / "state" / "shop")
    (tmp_path / "state" / "shop" / "tokens.json").chmod(0o640)
    ((status, text, fix),) = said(tokens, circumstances_of(tmp_path))
    assert (status, fix) == ("problem", "delete it, and new tokens are made")
    assert "0640" in text
    assert web_tokens.Access(web_settings.WebSettings(), tmp_path / "state" / "shop").note


@pytest.mark.parametrize(("source", "status"), [("environment", "ok"), ("pyproject.toml", "warning")])
def test_set_ones_are_told_by_their_source(tmp_path, source, status):
    environ = {}
    if source == "environment":
        environ = {"PACELINE_VIEWER_TOKEN": SECRET, "PACELINE_OPERATOR_TOKEN": SECRET}
    else:
        text = f'[tool.paceline]\nviewer_token = "{SECRET}"\noperator_token = "{SECRET}"\n'
        (tmp_path / "pyproject.toml").write_text(text)
    lines = said(tokens, circumstances_of(tmp_path, environ))
    assert [line[0] for line in lines] == [status, status]
    assert all(source in line[1] for line in lines)
    assert SECRET not in str(lines)
