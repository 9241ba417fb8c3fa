"""Names made up by drivers and values without quotes are masked by command."""

from __future__ import annotations

import pytest

from paceline.telemetry import sql_commands, sql_tokens


@pytest.mark.parametrize(
    ("sql", "masked"),
    [
        ("savepoint a1", "savepoint ?"),
        ("rollback to savepoint a1", "rollback to ?"),
        ("rollback", "rollback"),
        ("close all", "close all"),
        ("fetch forward 5 from c1", "fetch forward ? from ?"),
        ("set local x to y, z", "set local x = ?"),
        ("set session authorization eve", "set session authorization ?"),
        ("set transaction read only", "set transaction read only"),
        ("prepare transaction 'a'", "prepare transaction ?"),
        ("alter table t add c int", "alter table t add c int"),
        ("copy t (a) from stdin\nAda\t36", "copy t ( a ) from stdin"),
        ("copy t from stdin with csv\nAda,36", "copy t from stdin"),
        ("copy stdin to stdout", "copy stdin to stdout"),
        ("alter role x set y to z", "alter role x set y = ?"),
    ],
)
def test_a_command_keeps_its_form_and_loses_its_operand(sql, masked):
    assert " ".join(sql_commands.masked(sql_tokens.tokens(sql))) == masked


@pytest.mark.parametrize("command", sorted(sql_commands.MASKS))
def test_a_command_without_an_operand_is_no_error(command):
    assert sql_commands.masked([command])[0] == command
