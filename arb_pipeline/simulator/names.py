"""Invented names of cards, sets and creatures, from word lists."""

import random


def _words(text: str, separator: str = " ") -> tuple[str, ...]:
    return tuple(text.split(separator))


ADJECTIVES = _words(
    "Amber Ashen Bitter Braided Brittle Copper Crooked Dappled Drowsy Dusty Errant Feral Gilded "
    "Glassy Gloomy Hollow Humming Idle Inky Ivory Jagged Jaunty Knotted Lanky Lavish Leaden Marbled "
    "Meek Misty Nimble Opal Patient Pewter Quaint Ragged Rustic Salty Sable Silken Smoky Solemn "
    "Tangled Tawny Thorny Umber Velvet Wary Woven Wry Zealous"
)
NOUNS = _words(
    "Abbot Alder Anvil Badger Barge Beacon Bellows Bramble Caravan Cartographer Chandler Cobbler "
    "Cormorant Crane Cutter Dredger Falconer Ferry Finch Forester Gallery Gardener Glazier Harrier "
    "Hedgerow Heron Innkeeper Jetty Kiln Lantern Lathe Locksmith Loom Marten Mason Millwheel Moth "
    "Orchard Otter Packhorse Pilgrim Potter Quarry Raven Saddler Sexton Shrew Stoat Tanner Tinker "
    "Vintner Warden Weaver"
)
PLACES = _words(
    "Ardmoor Belwick Cindral Dunmarsh Eastrow Fennholt Garrowby Hesperin Inverlade Jorrund Kestwold "
    "Lowmere Marrowgate Nethercombe Oxbarrow Pellisk Quillhaven Ravelston Saltreach Thornby Ullswick "
    "Vennor Wexcroft Yarrol"
)
FIRST = _words(
    "Alsa Bertun Caldra Dorvin Elspa Fennic Gorla Hadrik Ilva Jessom Kestra Lorn Maelin Nuvo Orla "
    "Perrin Quorra Rusk Sorrel Tamsin Ulfa Vesk Wenna Yorrik Zilla"
)
TITLES = _words(
    "Keeper of Scales,Reader of Tides,the Unhurried,Last to Leave,Tamer of Kites,the Ninth Baker,"
    "Counter of Stars,Voice of the Weir,Bearer of Salt,the Patient Blade,Mender of Roads,the Lamplit",
    ",",
)
SYLLABLES = _words(
    "bra cri dun fel gar hix jor kel lum mar nor pip quo rus shu tav umo vek wim zor bli cor dra fen gli hum"
)
ENDINGS = _words("bit chu dor fin gon lex mander mite nox pard quill ron saur tail umber vine wick yx zel")


class Namer:
    """Draws names that never repeat."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def _fresh(self, *patterns: str) -> str:
        """Fills one of the patterns until the name is new."""
        while True:
            pick = self._rng.choice
            name = pick(patterns).format(
                adjective=pick(ADJECTIVES),
                noun=pick(NOUNS),
                place=pick(PLACES),
                first=pick(FIRST),
                title=pick(TITLES),
                beast=(pick(SYLLABLES) + pick(ENDINGS)).capitalize(),
            )
            if name not in self._used:
                self._used.add(name)
                return name

    def card(self) -> str:
        """An ordinary card."""
        return self._fresh("{adjective} {noun}", "{noun} of {place}", "{place} {noun}")

    def legend(self) -> str:
        """A card with a person's name; its comma tests CSV readers."""
        return self._fresh("{first}, {title}", "{first} of {place}")

    def two_faced(self) -> str:
        """A card with a front and a back."""
        return f"{self.card()} // {self.card()}"

    def beast(self) -> str:
        """A pocket creature."""
        return self._fresh("{beast}")

    def duelist(self) -> str:
        """A duelling monster."""
        return self._fresh("{place} {adjective} {noun}", "{adjective} {beast} the {noun}")
