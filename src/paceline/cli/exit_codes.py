"""Exit codes: what a script may rely on.

0 to 3 are verdicts of ours. 64, 69 and 70 are BSD's sysexits(3), as in `sysexits.h`; 130 is 128 + SIGINT, which is what
a shell reports for a command that Ctrl-C ended, as 126 and 127 are what it reports for one that it cannot run
(POSIX.1-2024, Shell Command Language, 2.8.2).
"""

from __future__ import annotations

from typing import Final

OK: Final = 0
"""Done; nothing was found, or finding was not the question."""
FINDINGS: Final = 1
"""Something was found, or an objective is broken."""
SLOWER: Final = 2
"""The verdict of a comparison is: slower."""
NOT_ENOUGH_DATA: Final = 3
"""Too little or too disturbed data for a verdict."""
USAGE: Final = 64
"""EX_USAGE: a command, option, value or setting that cannot be."""
UNAVAILABLE: Final = 69
"""EX_UNAVAILABLE: a server, store, port or package that is needed is not there."""
INTERNAL: Final = 70
"""EX_SOFTWARE: a mistake of ours."""
NOT_EXECUTABLE: Final = 126
"""`paceline run`: the command was found and cannot be executed."""
NOT_FOUND: Final = 127
"""`paceline run`: there is no such command."""
INTERRUPTED: Final = 130
"""Ended by Ctrl-C; or by SIGTERM before a result that was asked for (`demo --once`) was there."""
