"""Enumerations of stored values: what each value means, and what each flag does.

To add a flag: one entry in `FLAGS` (its place is its place in the list of a row's flags), its rule in
`core.valuation.flags.rules`, a test. To add a value of an enumeration: one member here; where a table has
the column, a migration replaces the constraint `<table>_<column>_check`. Texts that name the values
(PostgreSQL comments, dbt, docs, the API) are derived.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """Enumeration whose members carry their meaning."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Return the member of a stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def values(cls) -> tuple[str, ...]:
        """Stored values, in order of declaration."""
        return tuple(member.value for member in cls)


class RiskLevel(Described):
    """Risk of a purchase, from confidence and margin (parameters `risk`)."""

    LOW = "low", "Confidence and margin both reach the limits for low risk."
    MEDIUM = "medium", "Confidence and margin both reach the limits for medium risk."
    HIGH = "high", "Confidence or margin is below the limits for medium risk, or the margin is unknown."


class CompetitionLevel(Described):
    """Number of sellers of the sealed product, in classes (parameters `risk`)."""

    LOW = "low", "Few sellers."
    MEDIUM = "medium", "Some sellers."
    HIGH = "high", "Many sellers."
    UNKNOWN = "unknown", "No source reports the number of sellers."


class Exit(Described):
    """Sale that a purchase rests on; of two that pay, the one that nets more."""

    OPEN = "open", "The product is opened and its cards are sold."
    RESALE = "resale", "The product is resold unopened."


class OpportunityStatus(Described):
    """State of an opportunity."""

    ACTIVE = "active", "The latest analysis confirmed it and it has not expired."
    EXPIRED = "expired", "An analysis no longer confirmed it, or nothing confirmed it in time."
    EXECUTED = "executed", "Buyers recorded purchases of all pieces of its offer."
    CANCELLED = "cancelled", "A person rejected it."


class OpportunityEvent(Described):
    """Kind of change in the life of an opportunity."""

    OPENED = "opened", "An analysis published the product for the first time."
    CONFIRMED = "confirmed", "A later analysis published it again, or a figure changed."
    EXPIRED = "expired", "An analysis no longer published it, or nothing confirmed it in time."
    EXECUTED = "executed", "A person recorded a purchase."
    CANCELLED = "cancelled", "A person rejected it."
    NOTED = "noted", "A person added a note."
    REALISED = "realised", "A person recorded what the singles netted."
    CORRECTED = "corrected", "A person corrected or removed a purchase, or removed a sale."


class ProductType(Described):
    """Kind of a row in the catalogue."""

    SEALED = "sealed", "Sealed product."
    SINGLE = "single", "Single card."


class PriceType(Described):
    """Kind of a price: what the source states it is."""

    MARKET = "market", "Price of recent sales, as the source computes it."
    LOW = "low", "Lowest ask, without shipping."
    MID = "mid", "Median ask."
    TREND = "trend", "Trend price of Cardmarket."
    AVG7 = "avg7", "Mean sale price of the last 7 days."
    AVG30 = "avg30", "Mean sale price of the last 30 days."
    RETAIL = "retail", "Price at which a shop sells."
    BUYLIST = "buylist", "Price at which a shop buys."
    OFFER = "offer", "Price of one listing."
    WHOLESALE = "wholesale", "Price of a distributor, from a minimum quantity on."


BUYABLE_PRICE_TYPES = tuple(
    price_type.value for price_type in (PriceType.LOW, PriceType.OFFER, PriceType.RETAIL, PriceType.WHOLESALE)
)
"""Kinds of prices at which a buyer can buy."""


class ExclusionReason(Described):
    """Reason that a listed offer is not the price of its product. The first rule that applies is recorded."""

    NOT_BOUGHT_HERE = "not_bought_here", "The source is not in the parameter buying.sources."
    NOT_YET_THERE = "not_yet_there", "The offer is a presale, or available from a later day on."
    LOW_QUALITY = "low_quality", "The quality of the price is below the parameter buying.min_quality."
    TOO_FEW = "too_few", "The quantity on offer is below the minimum order quantity."
    SUSPECT_OFFER = (
        "suspect_offer",
        "The price is far below the market price: a pricing error, an opened or another item.",
    )


class AlertKind(Described):
    """Subject area of an alert."""

    OPPORTUNITY = "opportunity", "An opportunity."
    OPERATIONS = "operations", "A run, a source or a check."


class AlertEvent(Described):
    """Change of an opportunity that triggers an alert."""

    NEW = "new", "The opportunity is new."
    BETTER = "better", "Its figures improved."
    WORSE = "worse", "Its figures deteriorated."
    GONE = "gone", "It is no longer active."


class IncidentEvent(Described):
    """Change of the pipeline's own state that triggers an alert."""

    FAILED = "failed", "The monitored run, source or check failed."
    RECOVERED = "recovered", "The monitored run, source or check works again."


class AlertStatus(Described):
    """Delivery state of an alert."""

    PENDING = "pending", "Waiting for delivery."
    SENT = "sent", "Delivered to the target."
    DROPPED = "dropped", "Not delivered; `reason` says why."
    SEEN = "seen", "Recorded without delivery, as the basis of later comparisons."


@dataclass(frozen=True, slots=True)
class Flag:
    """Warning on a valuation: its meaning and its effect."""

    meaning: str
    blocks_publication: bool = False
    """The product does not become an opportunity, whatever its margin."""
    caps_confidence: bool = False
    """The confidence score is at most the parameter confidence.cap."""


FLAGS: dict[str, Flag] = {
    "incomplete_contents": Flag(
        "Part of the contents is unknown, or too few of its cards have a price.", caps_confidence=True
    ),
    "cards_not_listed": Flag("The source states more cards than it lists. The unlisted cards count as 0."),
    "no_offer": Flag("No source offers the product.", blocks_publication=True),
    "suspect_offer": Flag("An offer far below the market price is excluded."),
    "no_market_price": Flag("There is an offer but no price of past sales.", blocks_publication=True),
    "untraded_singles": Flag(
        "More than half of the net value is in cards without evidence of sales.", blocks_publication=True
    ),
    "many_copies": Flag(
        "There is no profit without selling more copies of a card than one buyer takes.",
        blocks_publication=True,
    ),
    "price_held_back": Flag(
        "A price far from its history counts as the lower of itself and the last accepted one."
    ),
    "presale": Flag("The product is not released, or was released a few days ago.", caps_confidence=True),
    "foreign_language": Flag(
        "The product is not in English; the prices of its cards are.", blocks_publication=True
    ),
    "estimated_rates": Flag(
        "Pull rates of its packs are those of other sets: none were measured for its own.",
        blocks_publication=True,
    ),
    "identity_doubt": Flag(
        "Its promo card is worth over half of the product, or more than the printing that should cost more: "
        "the price may be that of another card.",
        blocks_publication=True,
    ),
    "unpriced_promo": Flag("A promo card in it has no price and counts as 0."),
    "id_claimed_twice": Flag(
        "Another product claims its TCGplayer id, or that of a card in it. The id prices none of them.",
        blocks_publication=True,
    ),
    "contradiction": Flag(
        "Its sources contradict each other on the number or the names of its cards.", blocks_publication=True
    ),
    "impossible_pack": Flag(
        "A pack in it takes more cards than its sheets, or a pack, can hold.", blocks_publication=True
    ),
    "absurd_count": Flag(
        "It holds more cards, or more copies of a card, than the parameters guards.max_pieces and"
        " guards.max_copies allow.",
        blocks_publication=True,
    ),
    "cards_left_out": Flag(
        "Cards of its sets are in no class of the odds of its packs.", blocks_publication=True
    ),
    "unidentified_cards": Flag(
        "Its source describes cards in it without identifying them, such as an unknown bonus card. They count"
        " as 0: the value is a lower bound."
    ),
    "price_without_market": Flag(
        "More than the share guards.held_back_share of its value rests on prices without a market: a market"
        " price that all asks contradict, a market price without an ask, or a single ask without a sale.",
        blocks_publication=True,
    ),
    "gross_out_of_bounds": Flag(
        "Its gross value exceeds the market price of the sealed product by the factor guards.max_gross.",
        blocks_publication=True,
    ),
    "margin_out_of_bounds": Flag("Its margin exceeds guards.max_margin.", blocks_publication=True),
    "worth_closed": Flag("Resold unopened it nets more than it costs, by the limits of publication."),
}
"""Flags of a valuation, in the order in which a row lists them."""

BLOCKING_FLAGS = tuple(name for name, flag in FLAGS.items() if flag.blocks_publication)
"""Flags that prevent publication."""
CAPPING_FLAGS = tuple(name for name, flag in FLAGS.items() if flag.caps_confidence)
"""Flags that cap the confidence score."""
