"""The table of sources in a folder of dumps is that of the games: a game declares its own."""

from typing import ClassVar

from arb_pipeline.games.adapter import Folder
from arb_pipeline.games.registry import GAMES, REFERENCE, category_of, reference
from arb_pipeline.storage.data_folder import DataFolder, Layout


class Marbles:
    """A made-up game: its adapter's declaration of what a folder holds."""

    folder: ClassVar[Folder] = {
        "marble_list": Layout("Bags of marbles.", (("marbles", "*.json"),)),
        "marble_odds": Layout("Marbles per bag.", (("marbles/odds", "*.csv"),), is_required=False),
    }


WITH_MARBLES = {**GAMES, "marbles": Marbles()}


def test_a_made_up_game_declares_its_folder_in_one_place(tmp_path):
    (tmp_path / "marbles/odds").mkdir(parents=True)
    (tmp_path / "marbles/bags.json").write_text("[]")
    table = reference(WITH_MARBLES)
    folder = DataFolder(tmp_path, table)

    assert set(table) == {*REFERENCE, "marble_list", "marble_odds"}
    assert category_of("marble_odds", WITH_MARBLES) == "marbles"
    assert folder.reference("marble_list") == {"bags.json": tmp_path / "marbles/bags.json"}
    assert folder.reference("marble_odds") == {}
    assert "no marble_odds (marbles/odds/*.csv)" in folder.missing("marble_odds", "current")


def test_each_source_of_a_folder_belongs_to_one_game():
    declared = [source for game in GAMES.values() for source in game.folder]

    assert len(declared) == len(set(declared)) == len(REFERENCE)
    assert category_of("mtg_boosters", GAMES) == "mtg"
    assert category_of("tcgdex", GAMES) == "pokemon"
    assert {
        source for game in GAMES.values() for source, layout in game.folder.items() if layout.is_required
    } == {
        "mtg_sealed_content",
        "mtg_boosters",
        "mtg_id_map",
    }
