"""A full disk under the landing: an error that names the folder, no package, and a later success."""

import errno
import os
import resource
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from arb_command import Arb
from load_bench import Bench

from arb_pipeline.storage.landing import Landing, NotLandedError

pytestmark = pytest.mark.faults

DAY = "2026-01-31"
FILES = {"1/10/prices": 40_000, "1/20/prices": 300_000, "1/30/prices": 20_000}


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, Path]:
    """Files of 360 kB in all, the largest in the middle."""
    result = {name: tmp_path / "source" / name for name in FILES}
    for name, path in result.items():
        path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(FILES[name]))
    return result


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """A write beyond this size of a file fails with EFBIG, as one to a full disk does with ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own, so large and no larger."""
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("no right to mount a tmpfs here; files_end_at has the same faults")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def enlarge(place: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


def assert_nothing_landed(root: Path) -> None:
    landing = Landing(root)
    assert landing.days("tcgcsv") == []
    assert landing.packages("tcgcsv", part=DAY) == []
    with pytest.raises(NotLandedError):
        landing.latest("tcgcsv", part=DAY)
    left = [path for path in root.rglob("*") if path.is_file()]
    assert left == [], "no manifest, no latest, and the room of what was written is given back"


def assert_names(error: OSError, root: Path) -> None:
    assert str(root) in str(error), "where there was no room"


@pytest.mark.parametrize("size", [0, 30_000, 50_000, 299_999])
def test_a_write_that_fails_in_a_file_leaves_no_package(
    files: Mapping[str, Path], tmp_path: Path, size: int
) -> None:
    root = tmp_path / "landing"
    with files_end_at(size), pytest.raises(OSError) as raised:
        Landing(root).land("tcgcsv", files, part=DAY, origin="a test")
    assert raised.value.errno == errno.EFBIG
    assert_names(raised.value, root)
    assert_nothing_landed(root)
    package = Landing(root).land("tcgcsv", files, part=DAY, origin="a test")
    assert package.is_new
    assert Landing(root).latest("tcgcsv", part=DAY).package_id == package.package_id


def test_a_manifest_that_cannot_be_written_leaves_no_package(tmp_path: Path) -> None:
    """Files of a few bytes fit, their manifest does not."""
    small = tmp_path / "prices"
    small.write_bytes(b"[]")
    root = tmp_path / "landing"
    with files_end_at(100), pytest.raises(OSError) as raised:
        Landing(root).land("tcgcsv", {"1/10/prices": small}, part=DAY, origin="a test")
    assert_names(raised.value, root)
    assert_nothing_landed(root)
    assert Landing(root).land("tcgcsv", {"1/10/prices": small}, part=DAY, origin="a test").is_new


def test_a_package_without_its_pointer_gets_it_at_the_next_try(
    files: Mapping[str, Path], tmp_path: Path
) -> None:
    """No room for `latest` after the manifest: the package is there, and is pointed to once there is."""
    root = tmp_path / "landing"
    package = Landing(root).land("tcgcsv", files, part=DAY, origin="a test")
    (package.root.parent / "latest").unlink()
    assert Landing(root).days("tcgcsv") == []
    again = Landing(root).land("tcgcsv", files, part=DAY, origin="a test")
    assert (again.package_id, again.is_new) == (package.package_id, False)
    assert Landing(root).days("tcgcsv") == [DAY]


def test_a_full_disk_keeps_the_package_of_before_in_use(files: Mapping[str, Path], tmp_path: Path) -> None:
    root = tmp_path / "landing"
    with small_disk(root, "512k"):
        first = Landing(root).land("tcgcsv", {"1/10/prices": files["1/10/prices"]}, part=DAY, origin="a test")
        other = {name: path for name, path in files.items() if name != "1/10/prices"}
        (root / "ballast").write_bytes(bytes(250_000))
        for _ in range(3):  # nothing piles up
            with pytest.raises(OSError) as raised:
                Landing(root).land("tcgcsv", other, part=DAY, origin="a test")
            assert raised.value.errno == errno.ENOSPC
            assert_names(raised.value, root)
            assert Landing(root).latest("tcgcsv", part=DAY).package_id == first.package_id
            assert len(Landing(root).packages("tcgcsv", part=DAY)) == 1
        enlarge(root, "2m")
        second = Landing(root).land("tcgcsv", other, part=DAY, origin="a test")
        assert Landing(root).latest("tcgcsv", part=DAY).package_id == second.package_id


def test_a_disk_filled_to_any_degree_leaves_a_whole_package_or_none(
    files: Mapping[str, Path], tmp_path: Path
) -> None:
    """Room grows page by page past the last file: the manifest and `latest` run out of it in turn."""
    root = tmp_path / "landing"
    with small_disk(root, "4k"):
        for pages in range(90, 130):
            enlarge(root, f"{4 * pages}k")
            landing = Landing(root)
            try:
                landing.land("tcgcsv", files, part=DAY, origin="a test")
            except OSError as error:
                assert_names(error, root)
                assert landing.days("tcgcsv") == []
            else:
                (package,) = landing.packages("tcgcsv", part=DAY)
                assert landing.latest("tcgcsv", part=DAY).package_id == package.package_id
                assert {n: (package.files / n).stat().st_size for n in FILES} == FILES
                return
    pytest.fail("there never was enough room")


def test_arb_run_on_a_full_disk_says_where_and_goes_on_with_room(bench: Bench, market: Path) -> None:
    name, home = f"arb_{uuid.uuid4().hex}", bench.home / "full"
    home.mkdir()
    with bench.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    arb = Arb(home, sa.make_url(bench.url).set(database=name).render_as_string(hide_password=False))
    arguments = ("run", "--data", market, "--date", DAY, "--category", "mtg")
    try:
        with small_disk(home / "landing", "20k"):
            failed = arb(*arguments, code=1)
            message = failed.stdout + failed.stderr
            assert "No space left" in message
            assert str(home / "landing") in message
            assert "Traceback" not in message
            assert arb.rows("SELECT count(*) AS n FROM price_history") == [{"n": 0}]
            enlarge(home / "landing", "50m")
            arb(*arguments)
            assert arb.rows("SELECT count(*) > 0 AS is_loaded FROM price_history") == [{"is_loaded": True}]
    finally:
        with bench.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
