"""The probe brings nothing into a process that was not there: the standard library and itself, no more."""

import subprocess
import sys

import pytest

PROBE = """
import sys
before = set(sys.modules)
import paceline
from paceline import Paceline
{then}
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(name for name in new if name not in sys.stdlib_module_names and name != "paceline"))
"""


@pytest.mark.parametrize(
    "then",
    [
        "Paceline()",
        "import paceline.observe.asgi, paceline.observe.routes, paceline.observe.sql.sqlalchemy, paceline.engine.parts",
        "from paceline.engine import configuration, parts; made = parts.Parts(configuration.configure({'store': 'sqlite://'})); "
        "made.start(); made.stop(); made.detach()",
    ],
    ids=["made", "its hooks", "started and stopped"],
)
def test_the_probe_imports_only_the_standard_library(then):
    ran = subprocess.run([sys.executable, "-c", PROBE.format(then=then)], capture_output=True, text=True, check=False)
    assert (ran.stdout.split(), ran.stderr) == ([], "")
