"""The listing sheet of an opened purchase: cards with copies, channel and price to ask; upload files.

Certain contents are known. What packs held is known from a file of pulled cards alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.errors import InvalidInputError, NotEnoughDataError
from arb_pipeline.core.export import for_csv
from arb_pipeline.core.money import whole_cents
from arb_pipeline.core.portfolio.listing_sheet import (
    Listing,
    ask_price,
    best_first,
    buylist_rows,
    cardmarket_rows,
    ebay_rows,
    tcgplayer_rows,
)
from arb_pipeline.core.portfolio.pulled import Candidate, match
from arb_pipeline.core.pricing.currency import DOLLAR
from arb_pipeline.services import catalogue, parameters
from arb_pipeline.services.explain import load
from arb_pipeline.services.portfolio import PurchaseView
from arb_pipeline.services.view import Dollars, View, dollars
from arb_pipeline.settings import Settings
from arb_pipeline.sources.pulled_cards import read_pulled_cards
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.postgres import queries
from arb_pipeline.storage.postgres.tables import products

Format = Literal["tcgplayer", "ebay", "cardmarket", "buylist"]
TO_COMPLETE: dict[Format, str] = {
    "tcgplayer": "the column TCGplayer Id (a SKU) is empty, as no landed source states SKUs: fill it from"
    " your own pricing export, whose columns these are; the portal matches lines by it",
    "cardmarket": "the column cardmarketId is empty: check each match before you import the file",
}
"""Format -> columns to fill before the upload."""


class ListingView(View):
    """A card to list; money per copy."""

    name: str
    set_code: str
    set_name: str
    number: str
    is_foil: bool
    copies: int
    channel: str | None
    """Channel with the highest net; `bulk` under the bulk floor. None: no price."""
    market: Dollars | None
    lowest_ask: Dollars | None
    ask: Dollars | None
    """Price to ask: one cent under the lowest ask where that is below market, at least the floor."""
    net: Dollars | None
    """Net of a copy that sells at its market price in its channel."""
    tcg_product_id: str | None


class SheetNote(View):
    """A line of the file of pulled cards that is not on the sheet, and why."""

    line: int
    reason: str


class SheetView(View):
    """The cards of opened pieces of a product, the highest net of all copies first."""

    product: str
    set_code: str | None
    pieces: int
    as_of: date
    """Day of the prices."""
    listings: tuple[ListingView, ...]
    net: Dollars
    """Net value of all copies."""
    drawn_copies: float
    """Cards drawn at random that are not on the sheet: expected copies. 0 with a file of pulled cards."""
    left_out: tuple[SheetNote, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A listing sheet: what a user sees, and the listings behind it, which upload files are written from."""

    view: SheetView
    listings: Sequence[Listing]


def sheet(
    settings: Settings,
    connection: sa.Connection,
    bought: PurchaseView,
    *,
    pieces: int | None = None,
    pulled: Path | None = None,
) -> Sheet:
    """The listing sheet of a purchase at the prices of the newest analysed day of its game.

    `pieces`: opened ones, by default all that are left. `pulled`: file of the cards that their packs held.
    Raises `NotEnoughDataError` where the game is not analysed, `InvalidInputError` for more pieces than are
    left.
    """
    opened = bought.pieces_left if pieces is None else pieces
    if not 1 <= opened <= bought.pieces_left:
        field = "pieces"
        raise InvalidInputError(field, value=str(opened), allowed=f"1 to {bought.pieces_left}")
    day = queries.latest_day(connection, bought.category)
    if day is None:
        msg = f"{bought.category} was not analysed yet."
        raise NotEnoughDataError(msg, next_step="Run `arb run` first.")
    product = catalogue.resolve(connection, bought.product_id)
    cards = _cards(settings, connection, product, day)
    certain = cards.filter(pl.col("certain") > 0).select("card_id", pl.col("certain") * opened)
    copies = {card_id: round(count) for card_id, count in certain.iter_rows()}
    left_out: list[SheetNote] = []
    if pulled is not None:
        left_out = _add_pulled(copies, cards, pulled)
    floor = parameters.in_force(connection, settings, day).quick_sale.condition_floor
    listed = cards.filter(pl.col("card_id").is_in(list(copies)))
    listings = best_first(_listing(row, copies, floor) for row in listed.iter_rows(named=True))
    views = tuple(_view(listing) for listing in listings)
    drawn = float((cards["expected"] - cards["certain"]).sum()) * opened
    view = SheetView(
        product=product.name,
        set_code=product.set_code,
        pieces=opened,
        as_of=day,
        listings=views,
        net=sum((listing.net * listing.copies for listing in views if listing.net is not None), Decimal(0)),
        drawn_copies=0.0 if pulled is not None else round(drawn, 3),
        left_out=tuple(left_out),
    )
    return Sheet(view, listings)


def write_upload(settings: Settings, written: Sheet, form: Format, path: Path) -> int:
    """Writes the upload file of a marketplace, whole or not at all; returns its rows.

    Texts that a spreadsheet would run as a formula are quoted. Raises `NotEnoughDataError` where Cardmarket's
    euros have no exchange rate, or nothing on the sheet can be listed.
    """
    view, listings = written.view, written.listings
    if form == "tcgplayer":
        rows = tcgplayer_rows(listings)
    elif form == "ebay":
        rows = ebay_rows(listings)
    elif form == "buylist":
        rows = buylist_rows(listings)
    else:
        rows = cardmarket_rows(listings, _euros(settings, listings, view.as_of))
    if not rows:
        msg = f"No card of {view.product} can be listed at {form}: none has a price above the bulk floor."
        raise NotEnoughDataError(msg, next_step="`arb portfolio sheet` shows the cards.")
    with written_whole(path) as aside:
        for_csv(pl.DataFrame(rows)).write_csv(aside)
    return len(rows)


def _euros(settings: Settings, listings: Sequence[Listing], day: date) -> list[int | None]:
    """Prices to ask in euro cents, at the ECB's rate of the day."""
    rate = marketplace_files.rates(Landing(settings.landing)).per_euro(DOLLAR, day)
    if rate is None:
        msg = f"No exchange rate of the euro on {day} has landed."
        raise NotEnoughDataError(msg, next_step="Fetch them: `arb fetch ecb`.")
    asks = [listing.ask_cents for listing in listings]
    return [None if cents is None else max(1, round(Decimal(cents) / rate)) for cents in asks]


def _cards(
    settings: Settings, connection: sa.Connection, product: catalogue.ProductView, day: date
) -> pl.DataFrame:
    """A row per card that the product may hold: identity, certain and expected copies, prices, net."""
    lake = Lake(settings.lake)
    snapshot = load(settings, product, day)
    own = pl.col("expected_copies")
    copies = snapshot.lines.group_by("card_id").agg(
        certain=own.filter("guaranteed").sum(), expected=own.sum()
    )
    nets = snapshot.nets.select(
        "card_id", "single_product_id", "name", "is_foil", "reference_cents", "net_cents", "channel"
    )
    singles = lake.read("contents/singles").select("card_id", "printing", "set_code", "tcg_product_id")
    printed = ["single_product_id", "printing"]
    numbers = lake.read("catalog/printings").select("number", "printing", single_product_id="product_id")
    listed = ["tcg_product_id", "printing"]
    asks = lake.read("valuation/features", category=product.category, day=day).select(
        "printing", "low_cents", tcg_product_id="source_product_id"
    )
    frame = (
        copies.join(nets, on="card_id")
        .join(singles, on="card_id", how="left")
        .join(numbers.unique(printed, keep="first", maintain_order=True), on=printed, how="left")
        .join(asks.unique(listed, keep="first", maintain_order=True), on=listed, how="left")
        .with_columns(pl.col("card_id").cast(pl.String), pl.col("number", "set_code").fill_null(""))
    )
    sets = _set_names(connection, frame["set_code"].unique().to_list())
    return frame.with_columns(set_name=pl.col("set_code").replace_strict(sets, default=pl.col("set_code")))


def _set_names(connection: sa.Connection, codes: Sequence[str]) -> dict[str, str]:
    """Set code -> name, of those that the catalogue names."""
    table = products.c
    query = sa.select(table.set_code, sa.func.min(table.set_name)).where(
        table.set_code.in_(codes), table.set_name.is_not(None)
    )
    return dict(connection.execute(query.group_by(table.set_code)).all())


def _add_pulled(copies: dict[str, int], cards: pl.DataFrame, pulled: Path) -> list[SheetNote]:
    """Adds what a file of pulled cards states to the copies by card; returns the lines left out."""
    read = read_pulled_cards(pulled)
    columns = ("card_id", "name", "number", "is_foil")
    candidates = [Candidate(*row) for row in cards.select(columns).iter_rows()]
    notes = [SheetNote(line=line, reason=reason) for line, reason in read.rejected]
    for card in read.cards:
        card_id, reason = match(card.name, card.number, candidates, is_foil=card.is_foil)
        if card_id is None:
            notes.append(SheetNote(line=card.line, reason=f"{card.name}: {reason}"))
        else:
            copies[card_id] = copies.get(card_id, 0) + card.copies
    return sorted(notes, key=lambda note: note.line)


def _listing(row: dict[str, Any], copies: dict[str, int], floor: float) -> Listing:
    return Listing(
        name=row["name"],
        set_code=row["set_code"],
        set_name=row["set_name"],
        number=row["number"],
        is_foil=row["is_foil"],
        copies=copies[row["card_id"]],
        channel=row["channel"] or "",
        market_cents=row["reference_cents"],
        low_cents=row["low_cents"],
        ask_cents=ask_price(row["reference_cents"], row["low_cents"], floor_share=floor),
        net_cents=None if row["net_cents"] is None else whole_cents(row["net_cents"]),
        tcg_product_id=row["tcg_product_id"],
    )


def _view(listing: Listing) -> ListingView:
    return ListingView(
        name=listing.name,
        set_code=listing.set_code,
        set_name=listing.set_name,
        number=listing.number,
        is_foil=listing.is_foil,
        copies=listing.copies,
        channel=listing.channel or None,
        market=dollars(listing.market_cents),
        lowest_ask=dollars(listing.low_cents),
        ask=dollars(listing.ask_cents),
        net=dollars(listing.net_cents),
        tcg_product_id=listing.tcg_product_id,
    )
