"""The process that answers requests leaves what calculates to another one, and stays small."""

import subprocess
import sys

HEAVY = ("pandas", "pandera", "pyarrow", "ibis", "duckdb", "dagster", "scipy", "py7zr")
PROGRAM = """
import sys
from arb_pipeline.api.app import create_app
from arb_pipeline.settings import Settings
create_app(Settings())
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_the_server_imports_nothing_that_only_calculations_need():
    done = subprocess.run([sys.executable, "-c", PROGRAM, *HEAVY], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
