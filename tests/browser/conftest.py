"""A browser, and `arb serve` on a demo home.

The home is a copy of what `make demo` left in this checkout within the last hours; without that, one is built,
which takes minutes. `ARB_BROWSER_HOME` names one to use as it is. The tests execute opportunities, create users and
upload lists: name no home whose records matter.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARB = Path(sys.executable).with_name("arb")
INSTALL = "Chromium is not installed: `apt-get install -y chromium`, or name a browser in ARB_CHROMIUM."
PASSWORD = "correct horse battery staple"
FRESH_HOURS = 12
ROLES = ("viewer", "buyer", "operator", "admin")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    result = os.environ.get("ARB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not result:
        pytest.skip(INSTALL)
    return result


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    given = os.environ.get("ARB_BROWSER_HOME")
    if given:
        yield Path(given)
        return
    result, made = tmp_path_factory.mktemp("demo"), Path(os.environ.get("ARB_HOME") or ROOT / ".arb")
    if is_fresh(made):
        archive = tmp_path_factory.mktemp("backup") / "demo.tar"
        arb(made, "backup", "create", str(archive))
        arb(result, "backup", "restore", str(archive))
        archive.unlink()
    else:
        arb(result, "demo", "run")
    yield result
    arb(result, "db", "stop", "--delete")


def is_fresh(home):
    """True if `arb demo run` filled the home lately: opportunities expire a day after their analysis."""
    market = home / "demo_market" / "planted.json"
    return market.is_file() and time.time() - market.stat().st_mtime < FRESH_HOURS * 3600


def arb(home, *arguments, **options):
    """Output of a command of ours on a home."""
    environment = {**os.environ, "ARB_HOME": str(home), "COLUMNS": "200"}
    done = subprocess.run(
        [ARB, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=1200,
        **options,
    )
    return done.stdout


class Server:
    """`arb serve` in the background: it can be stopped and started again."""

    def __init__(self, home, log):
        self.home, self.log = home, log
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        environment = {**os.environ, "ARB_HOME": str(self.home)}
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [ARB, "serve", "--port", str(self.port)], env=environment, stdout=log, stderr=log
            )
        end = time.monotonic() + 180
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[begin:]
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError(self.log.read_text()[begin:])

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def link(self):
        """A new one-time link, as `arb serve --print-link` prints it."""
        text = arb(self.home, "serve", "--port", str(self.port), "--print-link")
        return re.search(r"https?://\S+", text)[0]


@pytest.fixture(scope="session")
def server(home, tmp_path_factory):
    index = ROOT / "arb_pipeline" / "web_dist" / "index.html"
    if not index.is_file():
        pytest.skip("The dashboard is not built: `make web`.")
    result = Server(home, tmp_path_factory.mktemp("server") / "serve.log")
    result.start()
    yield result
    result.stop()


@pytest.fixture(scope="session")
def users(home, tmp_path_factory):
    """One user per role, by role, with the same password."""
    file = tmp_path_factory.mktemp("password") / "password"
    file.write_text(PASSWORD)
    known = arb(home, "user", "list")
    for role in ROLES:
        name = f"test-{role}"
        made = ("password", name) if name in known else ("create", name, "--role", role)
        arb(home, "user", *made, "--password-file", str(file))
    return {role: f"test-{role}" for role in ROLES}


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        result = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield result
        result.close()


class Watched:
    """Requests of a context's pages to other hosts, and errors in their consoles."""

    def __init__(self, context, own):
        self.foreign, self.errors = [], []
        context.on("request", lambda r: self._request(r.url, own))
        context.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        context.on("weberror", lambda e: self.errors.append(str(e.error)))

    def _request(self, url, own):
        if not url.startswith((own, "data:", "blob:")):
            self.foreign.append(url)


@pytest.fixture
def context(browser, server):
    result = browser.new_context(base_url=server.url, locale="en-US", viewport={"width": 1280, "height": 900})
    result.set_default_timeout(60_000)
    watched = Watched(result, server.url)
    yield result
    result.close()
    assert watched.foreign == [], "requests left the own origin"
    assert [text for text in watched.errors if "Content Security Policy" in text] == []


@pytest.fixture(scope="session")
def state_of(browser, server, users):
    """Role -> a signed-in storage state. Signed in once each: sign-ins are throttled."""
    states = {}

    def state_of_role(role):
        if role not in states:
            context = browser.new_context(base_url=server.url, locale="en-US")
            sign_in(context.new_page(), users[role])
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return state_of_role


def sign_in(page, name, address="/sign-in"):
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", level=1, name=re.compile("^(?!Sign in)")).wait_for()


@pytest.fixture
def page_as(browser, server, state_of):
    """A page signed in with a role; closed after the test."""
    contexts = []

    def opened(role, **options):
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | options
        context = browser.new_context(base_url=server.url, storage_state=state_of(role), **settings)
        context.set_default_timeout(60_000)
        contexts.append((context, Watched(context, server.url)))
        return context.new_page()

    yield opened
    for context, watched in contexts:
        context.close()
        assert watched.foreign == [], "requests left the own origin"
        assert [text for text in watched.errors if "Content Security Policy" in text] == []
