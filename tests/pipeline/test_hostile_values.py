"""Every command with hostile values of every option and argument, each in turn beside valid ones.

What must hold: no traceback, an exit code of docs/cli.md, a reason on standard error whenever it is not 0, and
no escape sequence on the terminal. Commands run in this process; what would serve, crawl or compute for minutes
once the values are accepted is replaced (`RUN_ON`).
"""

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from unittest.mock import MagicMock, patch

import click
import pytest
import sqlalchemy as sa
import typer
from arb_command import Arb, Done
from folder import DAY, DECK, name_of

from arb_pipeline.cli.main import app, run
from arb_pipeline.contracts.errors import FailedError

if TYPE_CHECKING:
    from conftest import Market

CODES = {0, 1, 2, 130}
"""docs/cli.md."""

NUMBERS = [
    "",
    "-1",
    "0",
    "99999999999999999999",
    "-99999999999999999999",
    "1e3",
    "nan",
    "\uff11\uff12",
    "7\x1b[31m",
    "\0",
]
FRACTIONS = ["", "nan", "inf", "-inf", "1e308", "-1e308", "1e-308", "ten", "\0"]
DAYS = ["", "0001-01-01", "0000-00-00", "9999-12-31", "2025-02-30", "١٢٣٤-01-01", "2025-06-08\n", "\x1b[2J"]
TEXTS = [
    "",
    " ",
    "-1",
    "9" * 40,
    "x" * 6_000,
    "ポケモン\u202e",
    "a\nb",
    "\x1b]0;owned\x07",
    "\udcff",
    "%'; --",
    "\0",
]
FOLDER, MISSING = "{folder}", "{folder}/nowhere/file.csv"
PATHS = ["", FOLDER, MISSING, "/dev/null/x", "/proc/arb.csv", "x" * 300, "d/" * 3_000, "\udcff\x1b[31m", "\0"]
"""`/proc` takes no file from anybody, root included."""
FULL = "/dev/full"
WRITTEN = {"output", "archive", "log", "env_file", "textfile"}
"""Parameters that name a file to write: there the disk is full too."""

VALID: dict[str, list[str]] = {
    "alerts test": ["nobody"],
    "api-key create": ["--name", "key", "--role", "viewer"],
    "api-key revoke": ["1"],
    "backfill": ["tcgcsv", "--from", str(DAY), "--to", str(DAY), "--data", "{data}"],
    "backtest": ["--horizon", "7", "--step", "7"],
    "backup create": ["{folder}/backup.tar"],
    "backup restore": ["{folder}/none.tar"],
    "db restore": ["2000-01"],
    "db retire": ["--before", "2000-01"],
    "demo build": ["{folder}/demo"],
    "demo serve": ["{folder}", "--port", "0"],
    "explain": ["{deck}"],
    "export": ["valuations", "-o", "{folder}/out.csv"],
    "fetch": ["tcgcsv"],
    "metrics": ["--textfile", "{folder}/out.prom"],
    "metrics --serve": ["--serve", "0"],
    "new-source": ["some_shop", "A shop", "https://shop.example.com"],
    "opportunity cancel": ["nothing of this name"],
    "opportunity cleanup": ["--now", "2000-01-01T00:00Z"],
    "opportunity execute": ["nothing of this name", "--quantity", "1"],
    "opportunity note": ["{deck}", "a note"],
    "opportunity result": ["{deck}", "--value", "1"],
    "opportunity show": ["{deck}"],
    "price": ["1001"],
    "quarantine explain": ["tcgplayer", str(DAY), "901/prices"],
    "run": ["--data", "{data}"],
    "search": ["box"],
    "user activate": ["nobody"],
    "user create": ["nobody", "--role", "viewer", "--no-password"],
    "user deactivate": ["nobody"],
    "user erase": ["nobody", "--yes"],
    "user export": ["nobody"],
    "user link": ["nobody"],
    "user password": ["nobody"],
    "user role": ["nobody", "--role", "viewer"],
    "value": ["{deck}", "--buy-at", "30"],
    "value --list": ["--list", "{list}"],
}
"""Arguments with which each command that needs some is accepted, or refused for a fact alone."""

RUN_ON = (
    "arb_pipeline.api.server.serve",
    "arb_pipeline.cli.demo._fetch_and_analyse",
    "arb_pipeline.fetching.crawls._crawl",
    "arb_pipeline.mart.dbt.manifest",
    "arb_pipeline.runner.days.analyse",
    "arb_pipeline.runner.days.load_days",
    "arb_pipeline.runner.mart.publish",
    "arb_pipeline.services.backtest.backtest",
    "arb_pipeline.services.calibration.history_sample",
    "arb_pipeline.services.supervisor.Services.up",
    "arb_pipeline.services.supervisor.develop",
    "arb_pipeline.simulator.build.build_market",
    "arb_pipeline.simulator.replay.ReplayServer",
    "arb_pipeline.storage.local_redis.LocalRedis.start",
    "arb_pipeline.storage.postgres.embedded.EmbeddedPostgres.start",
    "prometheus_client.start_http_server",
    "signal.pthread_sigmask",
    "signal.sigwait",
    "typer.launch",
)
"""Calls that serve, crawl, build or compute for long: reached only by accepted values."""
REFUSED = (
    "fetching.crawls._crawl",
    "services.backtest.backtest",
    "services.calibration.history_sample",
    "storage.postgres.embedded.EmbeddedPostgres.start",
)
"""Calls of these without a result that could replace theirs."""
ENDLESS = {"db keep"}


def _commands() -> dict[str, click.Command]:
    result: dict[str, click.Command] = {}

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if isinstance(command, click.Group):
            for name, subcommand in command.commands.items():
                walk(subcommand, (*path, name))
        else:
            result[" ".join(path)] = command

    walk(typer.main.get_command(app), ())
    return result


COMMANDS = _commands()
WALKED = sorted((set(COMMANDS) | set(VALID)) - ENDLESS)


def _command(name: str) -> click.Command:
    """The command of a name in VALID: `value --list` is `value`."""
    return COMMANDS[name.partition(" --")[0]]


def _hostile(parameter: click.Parameter) -> list[str]:
    kind, name = parameter.type, str(parameter.name)
    if isinstance(kind, click.Path) or name == "archive":
        return [*PATHS, *([FULL] if name in WRITTEN else [])]
    if isinstance(kind, click.types.FloatParamType):
        return FRACTIONS
    if isinstance(kind, click.types.IntParamType):
        return NUMBERS
    if isinstance(kind, click.Choice):
        return ["", "x\x1b[31m", "MTG", "\0"]
    if name in {"date", "since", "until", "day", "at", "now", "before", "month", "expires"}:
        return [*DAYS, *TEXTS]
    return TEXTS


def _lines(name: str) -> Iterator[list[str]]:
    """Command lines of a command: as is, with each flag, and with each hostile value in place of a valid one."""
    command, valid = _command(name), VALID.get(name, [])
    words = name.partition(" --")[0].split()
    yield [*words, *valid]
    first_option = next((n for n, word in enumerate(valid) if word.startswith("-")), len(valid))
    arguments, options = valid[:first_option], valid[first_option:]
    place = 0
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            yield from ([*words, *valid, option] for option in [*parameter.opts, *parameter.secondary_opts])
        elif isinstance(parameter, click.Argument):
            for value in _hostile(parameter):
                yield [*words, *arguments[:place], value, *arguments[place + 1 :], *options]
            place += 1
        else:
            for value in _hostile(parameter):
                yield [*words, *arguments, *_without(options, parameter.opts), parameter.opts[0], value]


def _without(options: list[str], names: list[str]) -> list[str]:
    """Options without the valid value of the one that gets a hostile one."""
    place = next((n for n, word in enumerate(options) if word in names), None)
    return options if place is None else options[:place] + options[place + 2 :]


@pytest.fixture(scope="module")
def hostile(market: "Market", place: Path) -> Iterator[Arb]:
    """A copy of the market's home and database, which the walk may change."""
    home = place / "hostile_home"
    shutil.copytree(market.arb.home, home, ignore=shutil.ignore_patterns("postgres*"))
    url = sa.make_url(market.arb("db", "url", "--password").stdout.strip())
    server = sa.create_engine(
        url.set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE hostile TEMPLATE {url.database}")
    yield Arb(home, url.set(database="hostile").render_as_string(hide_password=False))
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE hostile WITH (FORCE)")


@pytest.fixture(scope="module")
def values(market: "Market", place: Path) -> dict[str, str]:
    """Values for the braces in VALID and PATHS."""
    listed = place / "list.csv"
    listed.write_text(f"product,price\n{DECK},30\n", "utf-8")
    (place / "folder").mkdir()
    return {
        "{folder}": str(place / "folder"),
        "{data}": str(market.folder.root),
        "{list}": str(listed),
        "{deck}": name_of(DECK),
    }


@pytest.fixture
def nothing_runs_on() -> Iterator[None]:
    """Calls that would run for minutes, or for ever, end at once."""
    with ExitStack() as stack:
        for target in RUN_ON:
            stack.enter_context(patch(target, MagicMock(name=target)))
        for target in REFUSED:
            refused = patch(f"arb_pipeline.{target}", side_effect=FailedError("It does not run here"))
            stack.enter_context(refused)
        started = stack.enter_context(patch("prometheus_client.start_http_server"))
        started.return_value = (MagicMock(), MagicMock())
        stack.enter_context(patch("arb_pipeline.runner.days.analyse", return_value=[]))
        stack.enter_context(patch("arb_pipeline.runner.days.load_days", return_value=True))
        planted = MagicMock(as_of=DAY, opportunities=[], traps=[])
        stack.enter_context(patch("arb_pipeline.simulator.build.build_market", return_value=planted))
        yield


def _filled(line: list[str], values: dict[str, str]) -> list[str]:
    for name, value in values.items():
        line = [word.replace(name, value) for word in line]
    return line


def _faults(arb: Arb, line: list[str]) -> list[str]:
    """Faults in the answer to a command line."""
    try:
        with patch.object(sys, "stdin", io.StringIO()):
            done = arb.quick(*line, code=None)
    except BaseException as error:  # noqa: BLE001 - whatever it is, a user would see its traceback
        return [f"{line!r:.300}: {type(error).__name__}: {str(error)[:300]}"]
    return [f"{line!r:.300}: {fault}" for fault in _faults_of(done)]


def _faults_of(done: Done) -> list[str]:
    faults = []
    if done.returncode not in CODES:
        faults.append(f"exit code {done.returncode}")
    if done.returncode and not done.stderr.strip():
        faults.append(f"exit code {done.returncode} without a reason")
    if "Traceback" in done.stderr:
        faults.append("a traceback")
    if "\x1b" in done.stdout + done.stderr:
        faults.append("an escape sequence on the terminal")
    return faults


@pytest.mark.usefixtures("nothing_runs_on")
@pytest.mark.parametrize("name", WALKED)
def test_no_value_brings_a_command_down(hostile: Arb, values: dict[str, str], name: str) -> None:
    faults = [fault for line in _lines(name) for fault in _faults(hostile, _filled(line, values))]
    assert not faults, "\n".join(faults)


PRINTING = [
    *(["sources"], ["opportunities"], ["valuations", "--json"], ["explain", "{deck}"], ["params", "show"]),
    *(["doctor"], ["quarantine", "list"], ["user", "list"], ["alerts", "list"], ["db", "partitions"]),
    *(["opportunity", "results"], ["contents", "unknown"], ["value", "{deck}", "--buy-at", "30"], ["--help"]),
]


@pytest.mark.parametrize("line", PRINTING, ids=" ".join)
@pytest.mark.parametrize("end", ["closed pipe", "full disk"])
def test_output_that_nobody_takes(hostile: Arb, values: dict[str, str], line: list[str], end: str) -> None:
    """A reader that went away is no failure; a disk that is full is one, in a sentence."""
    errors = io.StringIO()
    usual = hostile.quick(*_filled(line, values), code=None).returncode
    with _untaken(end) as out, hostile._as_process():
        argv = patch.object(sys, "argv", ["arb", *_filled(line, values)])
        streams = (patch.object(sys, name, out) for name in ("stdout", "__stdout__"))
        with argv, patch.object(sys, "stderr", errors), ExitStack() as stack:
            for stream in streams:
                stack.enter_context(stream)
            with pytest.raises(SystemExit) as ended:
                run()
    code = ended.value.code or 0
    if end == "full disk":
        assert (code, "No space left on device" in errors.getvalue()) == (1, True)
    else:
        assert code == usual, errors.getvalue()
    assert "Traceback" not in errors.getvalue()


@contextmanager
def _untaken(end: str) -> Iterator[TextIO]:
    """A stream whose reader has gone, or of a device without room."""
    if end == "full disk":
        descriptor = os.open(FULL, os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    stream = os.fdopen(descriptor, "w")
    try:
        yield stream
    finally:
        with suppress(OSError):
            stream.close()


HOMES = ["/proc/arb", "/dev/null/arb", "{list}"]
"""Paths at which no home can be made (root may write anywhere else), and a file."""
NEED_A_HOME = ["doctor", "opportunities", "db start", "db stop", "db url", "sources", "status", "down", "run"]


@pytest.mark.parametrize("name", NEED_A_HOME)
@pytest.mark.parametrize("home", HOMES)
def test_a_home_that_cannot_be_is_named(values: dict[str, str], place: Path, home: str, name: str) -> None:
    (text,) = _filled([home], values)
    arb = Arb(place / "nobody", environment={"ARB_HOME": text})
    line = _filled([*name.split(), *VALID.get(name, [])], values)
    with patch.object(sys, "stdin", io.StringIO()):
        done = arb.quick(*line, code=None)
    assert _faults_of(done) == []
    if done.returncode:
        assert text in " ".join((done.stderr + done.stdout).split()) or name in {"status", "doctor"}
    assert not (place / "nobody").exists()


def _options_of_paths(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    for word, member in getattr(command, "commands", {}).items():
        yield from _options_of_paths(member, f"{name} {word}".strip())
    for parameter in command.params:
        if isinstance(parameter, click.Option) and isinstance(parameter.type, click.Path):
            yield name, parameter.opts[0]


@pytest.mark.parametrize(("name", "option"), list(_options_of_paths(typer.main.get_command(app))))
def test_an_empty_path_is_wrong_use_and_not_the_current_folder(place: Path, name: str, option: str) -> None:
    done = Arb(place / "nobody").quick(*name.split(), option, "", code=2)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "the path is empty" in said
    assert option in said
