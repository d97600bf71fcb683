"""A reader that goes away ends the output, not the work; what is written is private to its user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORK = """
import sys
from pathlib import Path
import typer
from rich.console import Console
from arb_pipeline.cli.terminal import lasting_output
with lasting_output():
    for n in range(20_000):
        print("line", n, "x" * 80)
    typer.echo("from typer")
    Console().print("from rich")
    sys.stdout.flush()
Path(sys.argv[1]).write_text("the work is done")
"""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_work_goes_on_when_nobody_reads_any_more(tmp_path: Path, stream: str) -> None:
    done = tmp_path / "done"
    work = WORK.replace('"x" * 80)', f'"x" * 80, file=sys.{stream})')
    command = [sys.executable, "-c", work, str(done)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        pipe = child.stdout if stream == "stdout" else child.stderr
        assert pipe is not None
        assert pipe.readline().startswith(b"line 0")
        pipe.close()
        other = child.stderr if stream == "stdout" else child.stdout
        assert other is not None
        rest = other.read()
        assert child.wait() == 0, rest
    assert done.read_text("utf-8") == "the work is done"
    assert b"Traceback" not in rest


def test_what_arb_writes_is_private_whatever_the_umask(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = (
        "import os, sys; os.umask(0); sys.argv = ['arb', 'params'];"
        "from arb_pipeline.cli import main;"
        f"main._run = lambda: os.makedirs({str(home)!r} + '/lake');"
        "main.run()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "ARB_HOME": str(home)})
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "lake").stat().st_mode & 0o777 == 0o700
