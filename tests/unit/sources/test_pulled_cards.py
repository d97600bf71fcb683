"""Files of the cards that opened packs held."""

import pytest

from arb_pipeline.sources.pulled_cards import PulledCard, PulledCardsError, read_pulled_cards


def written(folder, text):
    path = folder / "pulled.csv"
    path.write_text(text, "utf-8")
    return path


def test_name_number_finish_and_copies_are_read(tmp_path):
    text = "Name,Number,Foil,Quantity\nLightning Bolt,146,,2\nForest,246,foil,\nShock,,no,1\n"
    result = read_pulled_cards(written(tmp_path, text))
    assert result.cards == [
        PulledCard(2, "Lightning Bolt", "146", False, 2),
        PulledCard(3, "Forest", "246", True, 1),
        PulledCard(4, "Shock", "", False, 1),
    ]
    assert result.rejected == []


def test_a_column_of_names_is_enough(tmp_path):
    result = read_pulled_cards(written(tmp_path, "Card Name;Count\nShock;3\n"))
    assert [(card.name, card.copies) for card in result.cards] == [("Shock", 3)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [("Shock,0", "'0' is no whole number"), ("Shock,two", "'two'"), (",3", "names no card")],
)
def test_a_bad_row_costs_itself(tmp_path, row, reason):
    result = read_pulled_cards(written(tmp_path, f"Name,Qty\n{row}\nForest,1\n"))
    assert [card.name for card in result.cards] == ["Forest"]
    ((line, message),) = result.rejected
    assert line == 2
    assert reason in message


def test_a_file_that_names_no_cards_is_refused(tmp_path):
    with pytest.raises(PulledCardsError, match="no column names cards"):
        read_pulled_cards(written(tmp_path, "Price,Qty\n1.00,2\n"))
