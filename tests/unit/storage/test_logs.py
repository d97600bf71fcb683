"""Structured logs: one JSON line per event, with its context; silent on standard output."""

import json
import logging
import re
import time
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler

import pytest

from arb_pipeline.settings import Settings
from arb_pipeline.storage import logs


@pytest.fixture(autouse=True)
def _restored():
    ours = logging.getLogger(logs.NAME)
    before = list(ours.handlers)
    yield
    for handler in ours.handlers:
        handler.close()
    ours.handlers = before


def lines(settings):
    return [json.loads(line) for line in (settings.logs / logs.FILE).read_text().splitlines()]


def test_a_line_carries_its_event_time_level_and_context(tmp_path, capfd):
    settings = Settings(home=tmp_path)
    logs.configure(settings)
    with logs.context(run_id="r1", job="daily_analysis", day=None):
        logs.logger().info("load entered", load_id="l1", package_id="p1", rows=3)
    logs.logger().warning("outside")

    inside, outside = lines(settings)
    assert {k: inside[k] for k in inside if k != "timestamp"} == {
        "event": "load entered",
        "level": "info",
        "run_id": "r1",
        "job": "daily_analysis",
        "load_id": "l1",
        "package_id": "p1",
        "rows": 3,
    }
    assert inside["timestamp"].endswith("Z")
    assert "run_id" not in outside
    assert capfd.readouterr() == ("", "")


def test_a_line_of_a_request_has_the_form_of_the_others_without_bound_values(tmp_path):
    settings = Settings(home=tmp_path)
    logs.configure(settings)
    with logs.context(run_id="r1"):
        logs.write_line("request", status=200, user_id=None)

    (line,) = lines(settings)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", line.pop("timestamp"))
    assert line == {"event": "request", "level": "info", "status": 200, "user_id": None}


def test_values_that_are_no_json_are_logged_as_text(tmp_path):
    settings = Settings(home=tmp_path)
    logs.configure(settings)
    at = datetime(2026, 11, 30, 10, tzinfo=UTC)
    logs.logger().info("odd", half="\ud800", path=tmp_path, at=at, large=2**70)
    logs.logger().info("even", path=tmp_path, at=at)
    logs.logger().info("ends a line for some", path=tmp_path, at=at, name="a\u2028b\x9b")

    for line in lines(settings):
        assert (line["path"], line["at"]) == (str(tmp_path), "2026-11-30 10:00:00+00:00")
    assert (lines(settings)[0]["half"], lines(settings)[0]["large"]) == ("\ud800", 2**70)


def test_lines_follow_a_file_that_another_process_has_rotated(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    monkeypatch.setattr(logs, "LOOK_SECONDS", 0.2)
    logs.configure(settings)
    logs.logger().info("before")
    (settings.logs / logs.FILE).rename(settings.logs / "moved")
    time.sleep(0.25)
    logs.logger().info("after")

    assert [line["event"] for line in lines(settings)] == ["after"]


def test_before_it_is_configured_nothing_is_logged_anywhere(capfd):
    logging.getLogger(logs.NAME).handlers = []
    logs.logger().error("nobody hears it")

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("kind", "is_json"), [("json", True), ("plain", False)])
def test_standard_error_has_the_lines_too_when_requested(tmp_path, capsys, kind, is_json):
    logs.configure(Settings(home=tmp_path, log=kind))
    logs.logger().info("hello", run_id="r1")

    out, err = capsys.readouterr()
    assert out == ""
    assert "hello" in err
    assert err.startswith("{") is is_json


def test_configuring_again_doubles_no_line(tmp_path):
    settings = Settings(home=tmp_path)
    for _ in range(3):
        logs.configure(settings)
    logs.logger().info("once")

    assert len(lines(settings)) == 1


def test_a_large_log_is_moved_aside_and_the_newest_few_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 10)
    settings = Settings(home=tmp_path)
    for n in range(8):
        logs.configure(settings)
        logs.logger().info(f"number {n}")

    kept = {path.name: json.loads(path.read_text())["event"] for path in settings.logs.glob("arb.jsonl*")}
    assert kept == {"arb.jsonl": "number 7"} | {f"arb.jsonl.{n}": f"number {7 - n}" for n in range(1, 6)}


@pytest.mark.parametrize("kind", [logs._LogFile, WatchedFileHandler], ids=["ours", "the library's"])
def test_a_log_whose_folder_is_gone_stops_nothing(tmp_path, monkeypatch, kind):
    """The library's handler raises there: the work that logs would end. Ours reports the line as lost."""
    folder = tmp_path / "logs"
    folder.mkdir()
    handler = kind(folder / "logs.jsonl", encoding="utf-8")
    lost = []
    monkeypatch.setattr(handler, "handleError", lambda record: lost.append(record.getMessage()))
    (folder / "logs.jsonl").unlink()
    folder.rmdir()
    record = logging.LogRecord("arb", logging.INFO, "", 0, "a line", None, None)

    if kind is logs._LogFile:
        handler.emit(record)
        assert lost == ["a line"]
    else:
        with pytest.raises(FileNotFoundError):
            handler.emit(record)
