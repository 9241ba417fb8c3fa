"""Run by Python's `site` at its start: put the finder in, and give way to the `sitecustomize` that this one hides.

In words that any Python understands, because a command may start one that is too old for paceline.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (pathlib would cost more than all the rest)

if sys.version_info >= (3, 11):  # noqa: UP036  (the command may start any Python)
    __import__("paceline_finder").put()

# From here on it is as if this folder had never been there; processes that are started later get it from PYTHONPATH.
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != _here]  # noqa: PTH100
_ours = sys.modules.pop("sitecustomize", None)
try:
    __import__("sitecustomize")
except ImportError as _problem:
    if getattr(_problem, "name", "sitecustomize") != "sitecustomize":
        raise
    if _ours is not None:
        sys.modules["sitecustomize"] = _ours
