"""A backup restored into an empty home holds what the first one held."""

import io
import json
import tarfile

import pytest
import sqlalchemy as sa

from arb_pipeline.contracts.errors import ArbError, ConflictError, InvalidFileError
from arb_pipeline.services.backup import _is_unknown_timeout, create_backup, restore_backup, row_counts
from arb_pipeline.settings import Settings

KEPT = {
    "landing/tcgcsv/p/manifest.json": b"{}",
    "lake/t/part.parquet": b"\x00PAR1",
    "reports/backtest.json": b'{"days": 3}',
}


def settings_of(engine, home):
    home.mkdir(parents=True, exist_ok=True)
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return Settings(_env_file=None, home=home, database_url=url)


@pytest.fixture
def first(engine, tmp_path):
    """A home with two products, a landing package and a frame."""
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO products (name, product_type, category, tcg_product_id) VALUES "
                "('Box', 'sealed', 'mtg', '1'), ('Card ''quoted'' é', 'single', 'mtg', '2')"
            )
        )
    settings = settings_of(engine, tmp_path / "first")
    for name, content in KEPT.items():
        path = settings.home / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return settings


def content_hashes(engine):
    """Hash of every table's rows, whatever their order."""
    with engine.connect() as connection:
        return {
            table: connection.scalar(
                sa.text(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            )
            for table in row_counts(connection)
        }


def test_every_table_and_file_comes_back(first, engine, empty_engine, tmp_path):
    written = create_backup(first, tmp_path / "home.tar")
    second = settings_of(empty_engine, tmp_path / "second")
    restored = restore_backup(second, tmp_path / "home.tar")
    assert restored.manifest == written.manifest
    assert written.manifest.rows["public.products"] == 2
    assert content_hashes(empty_engine) == content_hashes(engine)
    for name in KEPT:
        assert (second.home / name).read_bytes() == (first.home / name).read_bytes()


def test_of_the_reports_only_the_newest_backtest_is_kept(first, empty_engine, tmp_path):
    (first.reports / "report-2025-10-15.html").write_text("drawn from the data", "utf-8")
    written = create_backup(first, tmp_path / "home.tar")
    second = settings_of(empty_engine, tmp_path / "second")
    restore_backup(second, tmp_path / "home.tar")
    assert written.manifest.files == {"landing": 1, "lake": 1, "reports": 1}
    assert [path.name for path in second.reports.iterdir()] == ["backtest.json"]


def test_an_archive_from_before_reports_were_kept_is_restored(first, empty_engine, tmp_path):
    (first.reports / "backtest.json").unlink()
    create_backup(first, tmp_path / "new.tar")
    with tarfile.open(tmp_path / "new.tar") as new, tarfile.open(tmp_path / "old.tar", "w") as old:
        for member in new:
            content = new.extractfile(member).read()
            if member.name == "manifest.json":
                manifest = json.loads(content)
                manifest |= {"format": 1, "files": {"landing": 1, "lake": 1}}
                content = json.dumps(manifest).encode()
                member.size = len(content)
            old.addfile(member, io.BytesIO(content))
    restored = restore_backup(settings_of(empty_engine, tmp_path / "second"), tmp_path / "old.tar")
    assert restored.manifest.format == 1


def test_the_archive_is_its_owner_s_alone(first, tmp_path):
    create_backup(first, tmp_path / "home.tar")
    assert (tmp_path / "home.tar").stat().st_mode & 0o077 == 0


def test_a_database_with_tables_is_not_overwritten(first, engine, tmp_path):
    create_backup(first, tmp_path / "home.tar")
    with pytest.raises(ConflictError, match="empty database"):
        restore_backup(settings_of(engine, tmp_path / "second"), tmp_path / "home.tar")


def test_a_home_with_files_is_not_overwritten(first, empty_engine, tmp_path):
    create_backup(first, tmp_path / "home.tar")
    second = settings_of(empty_engine, tmp_path / "second")
    (second.landing / "x").mkdir(parents=True)
    (second.landing / "x" / "manifest.json").write_text("{}")
    with pytest.raises(ConflictError, match="empty home"):
        restore_backup(second, tmp_path / "home.tar")


@pytest.mark.parametrize("kept", [0, 600, 20_000], ids=["empty", "in the manifest", "in the dump"])
def test_an_archive_cut_short_is_refused_by_name(kept, first, empty_engine, tmp_path):
    archive = tmp_path / "home.tar"
    create_backup(first, archive)
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(ArbError, match=r"home\.tar|pg_restore"):
        restore_backup(settings_of(empty_engine, tmp_path / "second"), archive)


def test_a_member_that_leaves_the_home_is_refused(first, empty_engine, tmp_path):
    archive = tmp_path / "home.tar"
    create_backup(first, archive)
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    with tarfile.open(archive, "a") as tar:
        tar.add(outside, "lake/../../../outside.txt")
    with pytest.raises(InvalidFileError):
        restore_backup(settings_of(empty_engine, tmp_path / "second"), archive)


def test_a_failed_backup_leaves_the_archive_before_alone(first, tmp_path, monkeypatch):
    archive = tmp_path / "home.tar"
    create_backup(first, archive)
    before = archive.read_bytes()
    monkeypatch.setattr("arb_pipeline.services.backup.client_program", lambda _: "/bin/false")
    with pytest.raises(ArbError, match="pg_dump failed with exit code 1"):
        create_backup(first, archive)
    assert archive.read_bytes() == before


UNKNOWN = (
    'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"\n'
    "Command was: SET transaction_timeout = 0;\n"
)
LOST = 'pg_restore: error: could not execute query: ERROR:  relation "products" already exists\n'


@pytest.mark.parametrize(
    ("errors", "is_harmless"),
    [
        (f"{UNKNOWN}pg_restore: warning: errors ignored on restore: 1\n", True),
        (f"{UNKNOWN}{LOST}pg_restore: warning: errors ignored on restore: 2\n", False),
        (f"{LOST}pg_restore: warning: errors ignored on restore: 1\n", False),
        (f"{UNKNOWN}pg_restore: error: could not read from input file: end of file\n", False),
        ("", False),
    ],
)
def test_a_server_before_17_may_refuse_one_setting_and_nothing_else(errors, is_harmless):
    assert _is_unknown_timeout(errors) is is_harmless
