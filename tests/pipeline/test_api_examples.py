"""Every example of docs/api.md, run as its reader runs it, against a server over a small market."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from arb_command import Arb, home_of
from folder import DAY, MIXTURE, Folder

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from dagster_stand_in import Dagster
from live import serving

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
PORT = "http://127.0.0.1:8000"
NEXT = {"QUEUED": "STARTED", "STARTED": "SUCCESS"}
CURL = """
curl() {
  command curl --silent --show-error --output "$OUT/body" --write-out "%{http_code}" "$@" > "$OUT/status"
  echo "$(cat "$OUT/status") ${*: -1} $(printf '%s ' "$@" | grep -o "/api/v1[^ ]*")" >> "$OUT/answers"
  cat "$OUT/body"
}
"""


def blocks(language: str) -> list[str]:
    """Code of the page that calls the API; the first call starts a server itself."""
    texts = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return [block for block in texts if "make demo" not in block]


@pytest.fixture(scope="module")
def arb(place: Path) -> Iterator[Arb]:
    """A home with four active opportunities."""
    folder = Folder(place / "data").write()
    folder.archive(DAY, {(MIXTURE, "Normal"): (20.00, 22.00, 21.00)})
    with home_of(place, "home") as home:
        home.environment["ARB_EXPIRE_FROM"] = "analysis"
        home.run(folder.root, "--date", DAY)
        yield home


@pytest.fixture(scope="module")
def dagster() -> Iterator[str]:
    """A Dagster web server; a run goes one state on each time somebody reads it."""
    stand_in = Dagster()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            answer = stand_in(httpx2.Request("POST", "http://dagster/graphql", content=content))
            if b"runOrError" in content:
                for run in stand_in.runs:
                    run["status"] = NEXT.get(run["status"], run["status"])
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def url(arb: Arb, dagster: str) -> Iterator[str]:
    environment = {**arb.env, "ARB_DAGSTER_API": dagster}
    with serving(environment, arb.home / "serve.log") as (address, _):
        yield address


@pytest.fixture(scope="module")
def key(arb: Arb) -> str:
    return arb("api-key", "create", "--name", "examples", "--role", "admin").stdout.splitlines()[-1]


def test_every_curl_is_answered(url: str, key: str, tmp_path: Path) -> None:
    (script,) = blocks("sh")
    environment = os.environ | {"KEY": key, "OUT": str(tmp_path)}
    code = CURL + script.replace(PORT, url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answers = (tmp_path / "answers").read_text("utf-8").splitlines()
    wrong = [line for line in answers if not line.startswith("2")]

    assert len(answers) == script.count("curl ")
    assert wrong == []


def test_the_python_runs(url: str, key: str, tmp_path: Path) -> None:
    code = f"KEY = {key!r}\n" + "\n".join(blocks("python")).replace(PORT, url)
    code += "\nassert rows and purchases and valuation and key"
    code += "\nassert (run['state'], kind, event['status']) == ('succeeded', 'price_list', 'done')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
