"""Edits of products by users: own products, own fields, and id corrections with a reason.

A load applies the corrections in force (`corrected`), and never changes products that a user created.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.services.view import View
from arb_pipeline.storage.postgres.buyer_tables import product_corrections, user_products
from arb_pipeline.storage.postgres.tables import products

IDS = ("tcg_product_id", "ebay_product_id", "amazon_asin")


class NewProduct(View):
    """A product of a user's own."""

    name: str
    product_type: str
    category: str
    set_name: str | None = None
    set_code: str | None = None
    tcg_product_id: str | None = None
    ebay_product_id: str | None = None
    amazon_asin: str | None = None
    description: str | None = None
    image_url: str | None = None


class ProductChange(View):
    """Changes to a product; a field that is not set stays."""

    is_featured: bool | None = None
    is_active: bool | None = None
    description: str | None = None
    image_url: str | None = None
    tcg_product_id: str | None = None
    ebay_product_id: str | None = None
    amazon_asin: str | None = None


def create_product(connection: sa.Connection, actor: Actor, product: NewProduct) -> str:
    """Creates a product of a user's own; returns its id. Raises `ConflictError` for an id that is taken."""
    if actor.user_id is None:
        message = "A product of one's own needs a user."
        raise InvalidInputError(message, next_step="Sign in, or use an API key.")
    values = product.model_dump()
    with _unique_ids(connection, values):
        product_id = str(connection.scalar(sa.insert(products).values(**values).returning(products.c.id)))
    owner = {"product_id": UUID(product_id), "user_id": UUID(actor.user_id)}
    connection.execute(sa.insert(user_products).values(**owner))
    record(connection, actor, "create_product", "product", product_id, after=values)
    return product_id


def update_product(
    connection: sa.Connection,
    actor: Actor,
    product_id: str,
    change: ProductChange,
    *,
    reason: str | None,
    check: Callable[[], None],
    action: str = "update_product",
) -> None:
    """Changes a product. `check`: called under lock, refuses a lost update."""
    table, changes = products, change.model_dump(exclude_unset=True)
    query = sa.select(table).where(table.c.id == UUID(product_id)).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        message = "product"
        raise NotFoundError(message, value=product_id, next_step="GET /api/v1/products lists them.")
    check()
    moved = {name: value for name, value in changes.items() if name in IDS and row[name] != value}
    if moved and not reason:
        message = f"A change of {', '.join(moved)} lacks a reason"
        raise InvalidInputError(message, next_step="Send `reason`: it stays with the correction.")
    before = {name: row[name] for name in changes}
    if before == changes:
        return
    with _unique_ids(connection, changes):
        connection.execute(
            sa.update(table)
            .where(table.c.id == UUID(product_id))
            .values(**changes, updated_at=sa.func.clock_timestamp())
        )
    for name, value in moved.items():
        _correct(connection, actor, product_id, name, value, row[name], reason or "")
    after = changes | ({"reason": reason} if reason else {})
    record(connection, actor, action, "product", product_id, before=before, after=after)


def _correct(
    connection: sa.Connection,
    actor: Actor,
    product_id: str,
    name: str,
    value: str | None,
    before: str | None,
    reason: str,
) -> None:
    table = product_corrections
    in_force = (table.c.product_id == UUID(product_id)) & (table.c.field == name)
    withdrawn = sa.update(table).where(in_force, table.c.withdrawn_at.is_(None))
    connection.execute(withdrawn.values(withdrawn_at=sa.func.now()))
    own = connection.scalar(sa.select(sa.exists().where(user_products.c.product_id == UUID(product_id))))
    if own:
        return  # no load states it: the row itself is the record
    connection.execute(
        sa.insert(table).values(
            product_id=UUID(product_id),
            field=name,
            value=value,
            value_before=before,
            reason=reason,
            user_id=UUID(actor.user_id or ""),
        )
    )


@contextmanager
def _unique_ids(connection: sa.Connection, values: Mapping[str, Any]) -> Iterator[None]:
    """Turns a marketplace id that another product has into a `ConflictError`."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError:
        thing = "tcg_product_id"
        raise ConflictError(
            thing,
            value=values.get("tcg_product_id"),
            allowed="an id that no other product has",
            next_step="Find the product that has it: GET /api/v1/products?q=... .",
        ) from None
