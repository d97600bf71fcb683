"""Set codes of packs, from the labels of a tree of contents and of values by part."""

from arb_pipeline.api.explaining import VALUED_PACK, pack_sets
from arb_pipeline.services.explain import ContentsPart


def part(kind: str, label: str, *parts: ContentsPart) -> ContentsPart:
    return ContentsPart(kind=kind, label=label, count=1, chance="", parts=parts)


def test_packs_of_every_level_name_their_sets_and_nothing_else_does() -> None:
    inner = part("pack", "pack 23651/booster, by its name")
    tree = (
        part("sealed", "Elite Trainer Box (24000)", inner, part("card", "Pikachu (22872 #075)")),
        part("pack", "pack fdn/draft"),
        part("deck", "deck pack leaders"),
    )
    assert list(pack_sets(tree)) == ["23651", "fdn"]


def test_a_valued_pack_names_its_set() -> None:
    codes = [
        pack and pack[1] for pack in map(VALUED_PACK.match, ("36 x pack 23651-booster", "15 x pack drk"))
    ]
    assert codes == ["23651", "drk"]
    assert VALUED_PACK.match("guaranteed cards") is None
