"""Sealed products of the catalogue: search, and resolution of an id or a name to one product."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.errors import AmbiguousError, InvalidInputError, NotEnoughDataError, NotFoundError
from arb_pipeline.services.view import View
from arb_pipeline.storage.postgres import queries

SHOWN = 8
"""Candidates that a message lists."""


class SeveralMatchesError(AmbiguousError):
    """A name that several products or opportunities have. `candidates`: (label, id) of each."""

    def __init__(self, message: str, candidates: Sequence[tuple[str, str]]) -> None:
        """`message`: its first line; the candidates follow, one a line."""
        lines = [f"  {label}  {id_}" for label, id_ in candidates[:SHOWN]]
        if len(candidates) > SHOWN:
            lines.append(f"  and {len(candidates) - SHOWN} more")
        super().__init__("\n".join([message, *lines]))
        self.candidates = tuple(candidates)

    def fields(self) -> dict[str, Any]:
        """The parts for a machine, with all candidates."""
        candidates = [{"label": label, "id": id_} for label, id_ in self.candidates]
        return super().fields() | {"candidates": candidates}


class ProductView(View):
    """A sealed product."""

    product_id: str
    category: Category
    set_code: str | None
    name: str
    tcg_product_id: str | None

    @property
    def label(self) -> str:
        """Name and set, for messages and tables."""
        return f"{self.name} ({self.set_code})" if self.set_code else self.name


def search(connection: sa.Connection, text: str) -> tuple[ProductView, ...]:
    """Sealed products by id, TCGplayer id or name; an exact match excludes the others.

    A name matches when it contains the text, else when name and set code contain each word of it: `blb play
    box` finds Bloomburrow's. The shortest name comes first.
    """
    check_text(text)
    return _views(queries.find_sealed(connection, text))


def resolve(connection: sa.Connection, text: str) -> ProductView:
    """The one sealed product that an id or a name denotes.

    Raises `NotEnoughDataError` without a catalogue, `NotFoundError` and `SeveralMatchesError`.
    """
    candidates = search(connection, text)
    if not candidates:
        check_catalogue(connection)
        msg = f"No sealed product is called {text!r}."
        raise NotFoundError(msg, next_step="Try a shorter part of its name.")
    if len(candidates) > 1:
        raise SeveralMatchesError(
            several(len(candidates), "products", text),
            [(product.label, product.product_id) for product in candidates],
        )
    return candidates[0]


def several(count: int, things: str, text: str) -> str:
    """First line of a refusal of a name that several have."""
    return f"{count} {things} are called {text!r}; name one, or give its id:"


def check_text(text: str) -> None:
    """Raises `InvalidInputError` for a blank name: every product contains it."""
    if not text.strip():
        raise InvalidInputError(
            "The name is empty.", next_step="Give part of a product's name, its id, or its TCGplayer id."
        )


def check_catalogue(connection: sa.Connection) -> None:
    """Raises `NotEnoughDataError` in a home without products."""
    if not queries.has_catalogue(connection):
        raise NotEnoughDataError(
            "There is no catalogue yet: no product is known.",
            next_step="`arb run --fetch` or `arb run --data DIR` makes it.",
        )


def _views(products: pl.DataFrame) -> tuple[ProductView, ...]:
    return tuple(ProductView.model_validate(row) for row in products.iter_rows(named=True))
