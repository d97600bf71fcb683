"""Landing: immutable packages, addressed by their content."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from arb_pipeline.storage.landing import Landing, NotLandedError, files_under


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def source(tmp_path: Path, **contents: str) -> dict[str, Path]:
    """Files of a source by their name in the package."""
    folder = tmp_path / "source"
    folder.mkdir(exist_ok=True)
    files = {}
    for name, text in contents.items():
        (folder / name).write_text(text, "utf-8")
        files[f"sub/{name}"] = folder / name
    return files


def test_files_land_byte_for_byte_with_their_hashes(landing: Landing, tmp_path: Path) -> None:
    package = landing.land("boosters", source(tmp_path, a="one", b="two"), origin="here")
    assert (package.files / "sub/a").read_text("utf-8") == "one"
    manifest = json.loads((package.root / "manifest.json").read_text("utf-8"))
    assert manifest["files"]["sub/b"] == {"sha256": hashlib.sha256(b"two").hexdigest(), "bytes": 3}
    assert (manifest["origin"], manifest["source"], manifest["part"]) == ("here", "boosters", "current")


def test_the_package_id_is_the_hash_of_its_paths_and_hashes(landing: Landing, tmp_path: Path) -> None:
    pairs = "".join(f"sub/{n}\0{hashlib.sha256(t).hexdigest()}\n" for n, t in (("a", b"one"), ("b", b"two")))
    package = landing.land("boosters", source(tmp_path, b="two", a="one"), origin="here")
    assert package.package_id == hashlib.sha256(pairs.encode()).hexdigest()


def test_the_same_content_lands_once(landing: Landing, tmp_path: Path) -> None:
    first = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    again = landing.land("boosters", source(tmp_path, a="one"), origin="elsewhere")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.package_id == first.package_id
    assert again.manifest["origin"] == "here"


def test_changed_content_is_a_new_package_and_the_old_one_stays(landing: Landing, tmp_path: Path) -> None:
    first = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    second = landing.land("boosters", source(tmp_path, a="other"), origin="here")
    assert second.package_id != first.package_id
    assert (first.files / "sub/a").read_text("utf-8") == "one"
    assert landing.latest("boosters").package_id == second.package_id


def test_an_older_content_can_come_back(landing: Landing, tmp_path: Path) -> None:
    first = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    landing.land("boosters", source(tmp_path, a="other"), origin="here")
    landing.land("boosters", source(tmp_path, a="one"), origin="here")
    assert landing.latest("boosters").package_id == first.package_id


def test_days_of_a_source_land_apart(landing: Landing, tmp_path: Path) -> None:
    files = source(tmp_path, a="one")
    for day in ("2025-10-11", "2025-10-10"):
        landing.land("tcgcsv", files, part=day, origin="here")
    landing.land("tcgcsv", files, part="lookups", origin="here")
    assert landing.days("tcgcsv") == ["2025-10-10", "2025-10-11"]
    assert landing.days("nothing") == []
    assert landing.latest("tcgcsv").part == "2025-10-11"


def test_what_has_not_landed_is_named_with_what_would_land_it(landing: Landing) -> None:
    with pytest.raises(
        NotLandedError, match=r"Nothing of tcgcsv has landed for 2025-10-10. .*`arb run --data DIR`"
    ):
        landing.latest("tcgcsv", part="2025-10-10")
    with pytest.raises(NotLandedError, match=r"Nothing of mtg_decks has landed\. "):
        landing.latest("mtg_decks")


def test_a_package_without_its_manifest_is_written_again(landing: Landing, tmp_path: Path) -> None:
    package = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    (package.root / "manifest.json").unlink()
    (package.files / "sub/a").write_text("half", "utf-8")
    again = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    assert again.is_new
    assert (again.files / "sub/a").read_text("utf-8") == "one"


def test_a_copy_that_fails_leaves_nothing_behind(
    landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    first = landing.land("boosters", source(tmp_path, a="one"), origin="here")
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        landing.land("boosters", source(tmp_path, a="other"), origin="here")
    assert landing.latest("boosters").package_id == first.package_id
    assert sorted(p.name for p in first.root.parent.iterdir()) == sorted([first.package_id, "latest"])


def test_a_file_that_changes_while_it_is_copied_is_not_landed(
    landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(_source: object, target: Path) -> None:
        Path(target).write_text("half", "utf-8")

    monkeypatch.setattr(shutil, "copyfile", torn)
    with pytest.raises(OSError, match=r"a changed while it was being copied. Run again"):
        landing.land("boosters", source(tmp_path, a="one"), origin="here")
    with pytest.raises(NotLandedError):
        landing.latest("boosters")


def test_files_are_found_by_pattern_with_their_relative_path(tmp_path: Path) -> None:
    (tmp_path / "1/7").mkdir(parents=True)
    (tmp_path / "1/7/prices").write_text("{}")
    (tmp_path / "1/7/other").write_text("{}")
    assert list(files_under(tmp_path, "*/*/prices")) == ["1/7/prices"]
