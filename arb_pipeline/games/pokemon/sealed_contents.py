"""Contents of Pokemon products, from the name, the facts of the set, and the text of the listing.

A product of unknown contents gets a record of what is missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arb_pipeline.core.contents.pull_rates import PullRates
from arb_pipeline.games.pokemon import listing_text, product_names
from arb_pipeline.games.pokemon.listing_text import ListingText
from arb_pipeline.games.pokemon.product_facts import ProductFacts, PromoNumbers
from arb_pipeline.games.pokemon.product_names import ProductName
from arb_pipeline.games.pokemon.promos import Found, Promos, entry

PACK = "booster"
CENTER = "pokemon center elite trainer box"
BOXES = ("elite trainer box", CENTER)
BLISTERS = ("single pack blister", "3 pack blister")
ERAS = {"sv": "svp", "me": "mep", "swsh": "swshp", "cel": "swshp"}
"""Prefix of a set's id -> the promo set of its time."""
NOT_BY_NAME = {
    "build & battle box": "its 40-card deck and which of 4 stamped promo cards it holds",
    "premium checklane blister": "sources disagree on 1 or 2 packs, and the cards beside them are not listed",
    "checklane blister": "the promo card beside its pack",
    "enhanced booster box": "the cards beside its packs",
}
"""Kinds not determined by name alone -> missing information."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Inputs of the records."""

    sets: Mapping[str, str]
    """Spelling of a set's name -> its id."""
    groups: Mapping[str, str]
    """Id of a set -> its group, the set code of its packs."""
    notes: Mapping[str, str]
    """Pack -> its parts that count as 0; only packs with known odds."""
    carded: frozenset[str]
    """Groups whose cards are listed."""
    promos: Promos
    facts: ProductFacts
    rates: PullRates


@dataclass(slots=True)
class Contents:
    """Parts of one product, and missing information."""

    packs: list[tuple[str, int, str]] = field(default_factory=list)
    """Set, packs, evidence."""
    cards: list[dict[str, Any]] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add_promo(self, promo: Found, promos: Promos, *, evidence: str, count: int = 1) -> None:
        """Adds a promo card, or the reason why it is unknown."""
        if promo.printing is None:
            self.missing.append(promo.why)
        else:
            self.cards.append(entry(promo.printing, promos, evidence=evidence, count=count))


def records(
    products: Iterable[tuple[str, str]], texts: Mapping[tuple[str, str], str], sources: Sources
) -> dict[tuple[str, str], Any]:
    """A record per product (group, name), in the shape of Magic's YAML."""
    names = {key: product_names.parse(key[1], sources.sets) for key in products}
    listed = {(key[0], name): key[1] for key, name in reversed(names.items()) if name}
    return {key: _record(key, name, listed, texts.get(key, ""), sources) for key, name in names.items()}


def _record(
    key: tuple[str, str],
    name: ProductName | None,
    listed: Mapping[tuple[str, ProductName], str],
    text: str,
    sources: Sources,
) -> dict[str, Any]:
    """`listed`: (group, parsed name) -> name of each product."""
    group, listing = key[0], listing_text.read(text)
    if name is None or sources.groups.get(name.set_id) != group:
        return _written(_by_text(listing, "", sources, has_text=bool(text)), sources)
    if not name.is_case:
        return _written(_of(name, listing, sources, has_text=bool(text)), sources)
    count = name.case_count or sources.facts.pieces(name.set_id, name.kind)
    if count is None:
        return {"unknown": [f"how many pieces a case of {name.kind!r} holds"]}
    if piece := listed.get((group, name.inner)):
        return {"sealed": [{"set": group, "name": piece, "count": count, "evidence": "by its name"}]}
    contents = _of(name.inner, ListingText(), sources, has_text=False)
    contents.packs = [(set_id, packs * count, evidence) for set_id, packs, evidence in contents.packs]
    contents.cards = [card | {"count": card["count"] * count} for card in contents.cards]
    return _written(contents, sources)


def _of(name: ProductName, listing: ListingText, sources: Sources, *, has_text: bool) -> Contents:
    """Contents of a product named after a set."""
    if stated := sources.facts.product(name.set_id, name.kind):
        contents = Contents([(name.set_id, stated.packs, "by its name")])
        if stated.promo:
            contents.add_promo(
                _by_bracket(name, stated.promo, sources), sources.promos, evidence="by its name"
            )
        for card in stated.cards:
            contents.add_promo(sources.promos.by_number(card), sources.promos, evidence="parameter file")
        return contents
    table = sources.rates.tables.get(name.set_id)
    kinds = {**sources.rates.structures[table.packs].packs_in, **table.packs_in} if table else {}
    packs = kinds.get(name.kind)
    if table and name.kind == "booster box" and not table.has_box:
        return Contents(
            missing=["the set has no English booster box: what is sold under the name is not known"]
        )
    if packs is None or name.kind in NOT_BY_NAME:
        return _not_by_name(name, listing, sources, has_text=has_text)
    contents = Contents([(name.set_id, packs, "by its name")])
    if name.kind in BOXES:
        _add_box_promos(name, contents, listing, sources)
    elif name.kind in BLISTERS:
        numbers = sources.facts.blister_promos.get(name.set_id)
        contents.add_promo(_by_bracket(name, numbers, sources), sources.promos, evidence="by its name")
    _check(contents, listing)
    return contents


def _add_box_promos(name: ProductName, contents: Contents, listing: ListingText, sources: Sources) -> None:
    """Adds the promo card of an Elite Trainer Box, by the parameter file, else by the listing's text."""
    contents.extras.append("sleeves, dice, markers, energy cards")
    box = sources.facts.elite_trainer_boxes.get(name.set_id)
    if box and box.none:
        return
    evidence = "parameter file"
    if box:
        card = box.promos.get("") or next(
            (promo for variant, promo in box.promos.items() if name.variant.startswith(variant)), None
        )
        promo_card = (
            sources.promos.by_number(card)
            if card
            else Found(why=f"promo card: which of {', '.join(box.promos)} the box is")
        )
        if (
            card
            and listing.promos
            and product_names.card_key(listing.promos[0].name) != product_names.card_key(card.name)
        ):
            promo_card = Found(
                why=f"promo card: {card.name} by the parameter file, but {listing.promos[0].sentence!r}"
            )
    elif len(listing.promos) == 1:
        evidence = listing.promos[0].sentence
        promo_card = sources.promos.by_name(listing.promos[0].name, _promo_set(name.set_id))
    else:
        promo_card = Found(why="promo card: neither the parameter file nor the listing's text names it")
    contents.add_promo(promo_card, sources.promos, evidence=evidence)
    if name.kind == CENTER and promo_card.printing:
        twin = sources.promos.stamped(promo_card.printing)
        why = f"promo card {promo_card.printing.set_id} {promo_card.printing.number}: no list has it stamped"
        contents.add_promo(Found(twin, "" if twin else why), sources.promos, evidence=evidence)


def _by_bracket(name: ProductName, numbers: PromoNumbers | None, sources: Sources) -> Found:
    """Promo card that a product's name gives in brackets."""
    if not name.variant:
        return Found(why="promo card: the name does not give it")
    return sources.promos.by_name(name.variant, _promo_set(name.set_id), numbers=numbers)


def _not_by_name(name: ProductName, listing: ListingText, sources: Sources, *, has_text: bool) -> Contents:
    if missing := NOT_BY_NAME.get(name.kind):
        return Contents(missing=[missing])
    if name.set_id not in sources.rates.tables:
        return Contents(missing=[f"pull rates of {name.set_name}: no table of it or of comparable sets"])
    return _by_text(listing, name.set_id, sources, has_text=has_text)


def _by_text(listing: ListingText, set_id: str, sources: Sources, *, has_text: bool) -> Contents:
    """Contents by the listing's text alone. Each sentence must parse, and name set and card."""
    contents = Contents()
    if not has_text:
        contents.missing.append("the text of its listing, which has not landed")
        return contents
    known = {product_names.card_key(name): set_ for name, set_ in sources.sets.items()}
    for line in listing.packs:
        set_ = known.get(product_names.card_key(line.set_name)) if line.set_name else None
        if set_:
            contents.packs.append((set_, line.count, line.sentence))
        else:
            contents.missing.append(f"of which set its packs are: {line.sentence!r}")
    era = _promo_set(set_id or (contents.packs[0][0] if contents.packs else ""))
    for promo in listing.promos:
        found_card = sources.promos.by_name(promo.name, era)
        contents.add_promo(found_card, sources.promos, evidence=promo.sentence, count=promo.count)
    contents.missing += [f"not understood in its listing: {line!r}" for line in listing.not_understood]
    contents.extras += listing.extras
    if not (contents.packs or contents.cards or contents.missing):
        contents.missing.append("its listing's text lists no part")
    return contents


def _check(contents: Contents, listing: ListingText) -> None:
    """Adds a doubt where the listing's number of packs differs from the name's."""
    named = sum(packs for _, packs, _ in contents.packs)
    listed = sum(line.count for line in listing.packs)
    if listed and listed != named:
        sentences = "; ".join(line.sentence for line in listing.packs)
        contents.missing.append(f"how many packs: {named} by its name, {listed} by its listing ({sentences})")


def _promo_set(set_id: str) -> str:
    return next((promo_set for era, promo_set in ERAS.items() if set_id.startswith(era)), "")


def _written(contents: Contents, sources: Sources) -> dict[str, Any]:
    """The contents as a record of the sealed graph."""
    packs, extras, estimates, missing = [], list(contents.extras), [], list(contents.missing)
    for set_id, count, evidence in contents.packs:
        group = sources.groups.get(set_id, set_id)
        packs.append({"set": group, "code": PACK, "count": count, "evidence": evidence})
        table = sources.rates.tables.get(set_id)
        if table is None:
            missing.append(f"pull rates of set {set_id}: no table of it or of comparable sets")
            continue
        if group not in sources.carded:
            missing.append(f"the cards of {table.names[0]}, whose list has not landed")
        extras += [f"{extra} of each pack" for extra in sources.rates.structures[table.packs].unpriced]
        extras += [note] if (note := sources.notes.get(f"{group}-{PACK}")) else []
        if table.estimated_from:
            estimates.append(f"pull rates of {table.names[0]}: as in {', '.join(table.estimated_from)}")
    return {
        "pack": packs,
        "card": contents.cards,
        "other": [{"name": extra} for extra in extras],
        "estimated": estimates,
        "unknown": missing,
    }
