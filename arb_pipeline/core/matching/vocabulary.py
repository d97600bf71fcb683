"""The vocabulary of listings: nouns of packaging, words that tell products apart, spellings, and noise.

Data, as Python constants: they hold no rate and no price, and change with the code that reads them. Every
term is in the form that `tokenizer.split` leaves: no accent, no apostrophe, no small word, singular.
"""

Phrase = tuple[str, ...]


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of a list, between commas."""
    return tuple(tuple(phrase.split()) for phrase in text.split(","))


SMALL = words("the of and a an e de da do das dos del la le el")
"""Articles and the like: sellers drop and add them."""

_BOXES = (
    "box bundle collection kit tin lata deck baralho blister chest caixa set toolkit calendar stadium binder "
    "pouch figure poster album portfolio"
)
_INNERMOST_FIRST = ("card carta", "pack booster pacote sleeve envelope ct count", _BOXES, "case display")
PACKAGING = {noun: rank for rank, nouns in enumerate(_INNERMOST_FIRST) for noun in nouns.split()}
"""Nouns of packaging by what holds what: "36 packs" is what a box holds, and several of a pack."""
BOX = PACKAGING["box"]
UNITS = words("box bundle kit tin deck blister case display pack caixa lata")
"""In the plural, they say that more than one is sold."""
COUNTABLE = frozenset(PACKAGING) - words("set sleeve figure poster")
SINGULAR = {noun + ending: noun for noun in PACKAGING for ending in ("s", "es")} | {
    "pk": "pack",
    "pks": "pack",
    "pkg": "pack",
    "pcs": "card",
    "unid": "ct",
    "etbs": "etb",
    "promos": "promo",
    "wrappers": "wrapper",
    "codes": "code",
}
PLURAL_NAMES = {("duel", "decks")}
"""Plurals that are names: "Duel Decks: Elves vs. Goblins" is one box."""

KINDS = frozenset(PACKAGING) | words(
    "premium ultra mini jumbo enhanced plus half elite trainer theme draft play collector jumpstart "
    "prerelease starter battle league build sleeved checklane sticker tech topper sample gift commander "
    "center pin promo prize stamped costco walmart target gamestop sams club bjs international treinador "
    "avancado unitario triplo duplo first 1st edition unlimited shadowless"
)
"""Words that tell one product of a set from another: one that a product does not have refuses it."""
NAMELESS = KINDS - words("unlimited jumpstart")
"""A name of these alone, as "Booster Box", is no name; "Unlimited Booster Box" is one."""

ORDINALS = {
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
}
CORE_SETS = {
    **{
        f"{brand}20{year}{core}": f"20{year} core set"
        for brand in ("magic ", "mtg ")
        for year in range(10, 16)
        for core in ("", " core set")
    },
    **{f"m{year}": f"20{year} core set" for year in (*range(10, 16), *range(19, 22))},
}
SPELLINGS: dict[Phrase, Phrase] = {
    tuple(old.split()): tuple(new.split())
    for old, new in {
        "etb": "elite trainer box",
        "upc": "ultra premium collection",
        "boosterbox": "booster box",
        "boosterpack": "booster pack",
        "booster display": "booster box",
        "booster display box": "booster box",
        "booster box display": "booster box",
        "booster case": "booster box case",
        "non foil": "nonfoil",
        "versus": "vs",
        "pre release": "prerelease",
        "prerelease kit": "prerelease pack",
        "pre order": "preorder",
        "magic gathering": "mtg",
        "mtg magic gathering": "mtg",
        "magic gathering mtg": "mtg",
        "yu gi oh": "yugioh",
        "yu gioh": "yugioh",
        "yugi oh": "yugioh",
        "ygo": "yugioh",
        "trading card game": "tcg",
        "card game": "tcg",
        "colecao treinador avancado": "elite trainer box",
        "caixa treinador avancado": "elite trainer box",
        "caixa booster": "booster box",
        "d d": "dungeons dragons",
        "dnd": "dungeons dragons",
        "lotr": "lord rings",
        "10th": "tenth",
        **ORDINALS,
        **CORE_SETS,
    }.items()
}
"""One spelling for words that have two, in names and titles; European displays of boosters are boxes."""
LONGEST_SPELLING = max(map(len, SPELLINGS))

NOISE = words(
    "new sealed factory brand factorysealed unopened authentic genuine official oficial original nib bnib "
    "shrink shrinkwrap shrinkwrapped wrap wrapped wrapping lacrado lacrada selado selada novo nova "
    "english eng en ing ingles em us usa eua ca canada cdn mtg magic gathering pokemon yugioh tcg ccg "
    "ptcg wotc wizards coast hasbro konami nintendo company trading game universes beyond exclusive "
    "precon preconstructed standard legal print printing hobby nonfoil seller store shop ship ships "
    "shipping shipped free fast quick expedited priority same next day today now in hand stock instock "
    "available ready release released preorder presale tracking tracked direct trusted mint pristine "
    "excellent great perfect condition rare oop vintage hot sale deal look listing best price lowest "
    "collectible collectibles qty quantity item per with from to for x 1x x1"
)
"""Words of a title that say nothing of which product it is. All others have to be explained."""
BRANDS = words("mtg magic pokemon yugioh tcg ccg ptcg exclusive")
"""In a product's name, words that a title may leave out."""
SERIES: dict[str, tuple[frozenset[str], ...]] = {
    "pokemon": tuple(
        map(words, ("scarlet violet", "sword shield", "sun moon", "mega evolution", "xy", "black white"))
    ),
    "mtg": (words("dungeons dragons"),),
}
"""Words for the series of a set: a title may have them beside the set."""
