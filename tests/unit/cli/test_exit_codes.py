"""The codes that scripts rely on."""

from __future__ import annotations

import os
import signal

from paceline.cli import exit_codes


def test_codes_are_pinned():
    """A code that changes breaks somebody's script."""
    codes = {name: value for name, value in vars(exit_codes).items() if name.isupper()}

    assert codes == {
        "OK": 0,
        "FINDINGS": 1,
        "SLOWER": 2,
        "NOT_ENOUGH_DATA": 3,
        "USAGE": 64,
        "UNAVAILABLE": 69,
        "INTERNAL": 70,
        "NOT_EXECUTABLE": 126,
        "NOT_FOUND": 127,
        "INTERRUPTED": 130,
    }


def test_codes_are_those_of_sysexits():
    """Python knows the same numbers where the system has sysexits.h; a shell reports 128 + the signal."""
    assert (exit_codes.USAGE, exit_codes.UNAVAILABLE, exit_codes.INTERNAL) == (
        os.EX_USAGE,
        os.EX_UNAVAILABLE,
        os.EX_SOFTWARE,
    )
    assert 128 + signal.SIGINT == exit_codes.INTERRUPTED
