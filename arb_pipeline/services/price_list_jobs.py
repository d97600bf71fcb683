"""Background valuation of price lists: queued, claimed by one process, restarted if that is lost."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ArbError, ConflictError, InvalidFileError, NotFoundError
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage import params
from arb_pipeline.storage.postgres.buyer_tables import price_list_rows, price_lists
from arb_pipeline.storage.postgres.parameter_values import dated_values
from arb_pipeline.storage.postgres.tables import products

if TYPE_CHECKING:
    from arb_pipeline.services.price_list import PriceListRow

TABLE = price_lists
MOST_ROWS = 100_000
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
LOST_SECONDS = 60
"""Seconds without a heartbeat after which the valuing process of a list counts as lost."""
WRITTEN_AT_ONCE = 2_000
EXCEL = b"PK\x03\x04"


class CandidateView(View):
    """A product that a row may mean."""

    product_id: str
    name: str
    set_code: str | None


class RowResult(View):
    """The result of a row, as its table keeps it: fields that are not known are left out. Money as text."""

    reason_code: str | None
    reason: str | None
    matched_by: str | None
    candidates: tuple[CandidateView, ...]
    product_id: str | None = None
    matched_name: str | None = None
    pieces: int | None = None
    cost: str | None = None
    flags: tuple[str, ...] = ()
    why: str | None = None
    is_suspect: bool | None = None
    is_worth_buying: bool | None = None
    net_value: str | None = None
    profit: str | None = None
    margin_percentage: float | None = None
    p_profit: float | None = None
    break_even_50: str | None = None
    break_even_at_chance: str | None = None


class ValuedRow(View):
    """A row of a price list that was valued, as its table keeps it."""

    line: int
    given: Mapping[str, str]
    """Header -> cell, as written."""
    state: Literal["valued", "not_valued", "unmatched"]
    result: RowResult
    rank: float | None
    profit: Decimal | None
    margin_percentage: Decimal | None
    p_profit: float | None


def check_file(body: bytes) -> None:
    """Checks the format of an uploaded price list. Raises `InvalidFileError`."""
    if not body.strip():
        message = "The file is empty"
        raise InvalidFileError(
            message, next_step="Send CSV, TSV or XLSX with a column `price` and a product."
        )
    if body.startswith(EXCEL):
        _unpacked_size(body)
    elif body.count(b"\n") > MOST_ROWS + 1:
        message = "The file has"
        raise InvalidFileError(message, value=body.count(b"\n"), allowed=f"{MOST_ROWS:,} rows at most")
    elif b"\0" in body[:4096] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "The file is binary, and no XLSX"
        raise InvalidFileError(message, next_step="Save it as CSV in UTF-8, or as XLSX.")


def _unpacked_size(body: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        message = "The file is no XLSX: its archive is damaged"
        raise InvalidFileError(message, next_step="Save it again, or as CSV in UTF-8.") from None
    if size > MOST_UNPACKED:
        message = "The XLSX unpacks to"
        raise InvalidFileError(message, value=size, allowed=f"{MOST_UNPACKED:,} bytes at most")


def value_next(engine: sa.Engine, settings: Settings) -> str | None:
    """Claims and values the oldest queued list; returns its id, or None where none waits."""
    claimed = _claim(engine)
    if claimed is None:
        return None
    list_id, name, body, options = claimed
    try:
        with engine.connect() as connection:
            params.install(dated_values(connection))
        _value(engine, settings, list_id, name, body, options)
    except ArbError as error:
        _finish(engine, list_id, status="failed", error=str(error).replace(f"{tempfile.gettempdir()}/", ""))
    except Exception:
        _finish(engine, list_id, status="failed", error="A fault of the server. Its log has it.")
        raise
    return list_id


def _claim(engine: sa.Engine) -> tuple[str, str, bytes, Mapping[str, Any]] | None:
    now = sa.func.now()
    is_lost = (TABLE.c.status == "running") & (
        TABLE.c.heartbeat_at < now - sa.text(f"interval '{LOST_SECONDS} seconds'")
    )
    waiting = (
        sa.select(TABLE.c.id)
        .where((TABLE.c.status == "queued") | is_lost)
        .order_by(TABLE.c.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claim = (
        sa.update(TABLE)
        .where(TABLE.c.id == waiting)
        .values(status="running", started_at=now, heartbeat_at=now, rows_done=0)
        .returning(TABLE.c.id, TABLE.c.name, TABLE.c.file, TABLE.c.options)
    )
    with engine.begin() as connection:
        row = connection.execute(claim).first()
        if row is None:
            return None
        connection.execute(sa.delete(price_list_rows).where(price_list_rows.c.price_list_id == row.id))
    return str(row.id), row.name, bytes(row.file or b""), row.options


def _value(
    engine: sa.Engine, settings: Settings, list_id: str, name: str, body: bytes, options: Mapping[str, Any]
) -> None:
    from arb_pipeline.services.price_list import value_list

    with tempfile.TemporaryDirectory(prefix="arb-list-") as folder:
        path = Path(folder) / ("list.xlsx" if body.startswith(EXCEL) else "list.csv")
        path.write_bytes(body)
        view = value_list(
            settings,
            engine,
            path,
            day=date.fromisoformat(options["as_of"]) if options.get("as_of") else None,
            channels=options.get("channels") or (),
            chance=options.get("chance", 0.8),
            progress=lambda done, total: _progress(engine, list_id, done, total),
        )
    if len(view.rows) > MOST_ROWS:
        message = f"{name} has"
        raise InvalidFileError(message, value=len(view.rows), allowed=f"{MOST_ROWS:,} rows at most")
    with engine.begin() as connection:
        names = _names(connection, view.rows)
        chance = options.get("chance", 0.8)
        valued = [_valued_row(row, names, chance) for row in view.rows]
        rows = [_stored(row) | {"price_list_id": UUID(list_id)} for row in valued]
        for start in range(0, len(rows), WRITTEN_AT_ONCE):
            connection.execute(sa.insert(price_list_rows), rows[start : start + WRITTEN_AT_ONCE])
        states = [row.state for row in valued]
        _finish_in(
            connection,
            list_id,
            status="done",
            rows=len(rows),
            rows_done=len(rows),
            valued=states.count("valued"),
            unmatched=states.count("unmatched"),
            worth_buying=sum(bool(row.result.is_worth_buying) for row in valued),
        )


def _names(connection: sa.Connection, rows: "Sequence[PriceListRow]") -> dict[str, CandidateView]:
    """Id -> the candidate."""
    ids = {UUID(id_) for row in rows for id_ in row.candidates[:5]}
    query = sa.select(products.c.id, products.c.name, products.c.set_code)
    named = connection.execute(query.where(products.c.id.in_(ids))).all() if ids else []
    return {
        str(id_): CandidateView(product_id=str(id_), name=name, set_code=code) for id_, name, code in named
    }


def _valued_row(row: "PriceListRow", names: Mapping[str, CandidateView], chance: float) -> ValuedRow:
    """A row as its table holds it."""
    valuation = row.valuation.view() if row.valuation else None
    figures = valuation.all if valuation is not None else None
    values: dict[str, Any] = {
        "reason_code": None if row.is_valued else row.result,
        "reason": row.reason,
        "matched_by": row.matched_by,
        "candidates": tuple(names[id_] for id_ in row.candidates[:5] if id_ in names),
    }
    if valuation is not None:
        values |= {
            "product_id": valuation.product_id,
            "matched_name": valuation.name,
            "pieces": valuation.quantity,
            "cost": f"{valuation.cost:.2f}",
            "flags": valuation.flags,
            "why": valuation.why,
            "is_suspect": valuation.is_suspect,
            "is_worth_buying": valuation.is_worth_buying,
        }
    if figures is not None:
        values |= {
            "net_value": f"{figures.net:.2f}",
            "profit": f"{figures.profit:.2f}",
            "margin_percentage": float(figures.margin_percentage),
            "p_profit": figures.p_profit,
            "break_even_50": _money(figures.per_piece(0.5)),
            "break_even_at_chance": _money(figures.per_piece(chance)),
        }
    is_matched = valuation is not None
    return ValuedRow(
        line=row.line,
        given=row.cells,
        state="valued" if row.is_valued else "not_valued" if is_matched else "unmatched",
        result=RowResult(**values),
        rank=None if figures is None else -row.order[0],
        profit=None if figures is None else figures.profit,
        margin_percentage=None if figures is None else figures.margin_percentage,
        p_profit=None if figures is None else figures.p_profit,
    )


def _stored(row: ValuedRow) -> dict[str, Any]:
    """The row's columns; of its result the fields that are known."""
    return row.model_dump() | {"result": row.result.model_dump(exclude_unset=True)}


def _money(amount: Any) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _progress(engine: sa.Engine, list_id: str, done: int, total: int) -> None:
    with engine.begin() as connection:
        change = sa.update(TABLE).where(TABLE.c.id == UUID(list_id))
        connection.execute(change.values(rows=total, rows_done=done, heartbeat_at=sa.func.now()))


def _finish(engine: sa.Engine, list_id: str, **values: Any) -> None:
    with engine.begin() as connection:
        _finish_in(connection, list_id, **values)


def _finish_in(connection: sa.Connection, list_id: str, **values: Any) -> None:
    change = sa.update(TABLE).where(TABLE.c.id == UUID(list_id))
    connection.execute(change.values(**values, finished_at=sa.func.now()))


def value_queued(settings: Settings) -> None:
    """Values all queued lists; entry point of a separate process."""
    from arb_pipeline.storage.postgres.engine import connected

    with connected(settings) as engine:
        while value_next(engine, settings) is not None:
            pass


def rematched(engine: sa.Engine, settings: Settings, list_id: str, line: int, product_id: str) -> ValuedRow:
    """A row valued with the product that a person names.

    Raises `NotFoundError` for a row that is not there, and `ConflictError` for one without a sound price.
    """
    from arb_pipeline.services.price_list import value_list
    from arb_pipeline.sources.buyer_price_list import COLUMNS, NAMING, folded

    with engine.connect() as connection:
        query = sa.select(price_list_rows.c.given, TABLE.c.options).join(
            TABLE, TABLE.c.id == price_list_rows.c.price_list_id
        )
        row = connection.execute(
            query.where(TABLE.c.id == UUID(list_id), price_list_rows.c.line == line)
        ).first()
    if row is None:
        thing = "line of the price list"
        raise NotFoundError(
            thing, value=line, next_step=f"GET /api/v1/price-lists/{list_id}/rows lists them."
        )
    out = io.StringIO()
    naming = {folded(name) for field in NAMING for name in COLUMNS[field]}
    kept = {name: text for name, text in row.given.items() if folded(name) not in naming}
    writer = csv.writer(out)
    writer.writerow(["id", *kept])
    writer.writerow([product_id, *kept.values()])
    with tempfile.TemporaryDirectory(prefix="arb-list-") as folder:
        path = Path(folder) / "row.csv"
        path.write_text(out.getvalue(), "utf-8")
        chance = row.options.get("chance", 0.8)
        view = value_list(settings, engine, path, channels=row.options.get("channels") or (), chance=chance)
    matched_row = view.rows[0]
    if matched_row.valuation is None:
        message = f"The row cannot be valued as product {product_id}: {matched_row.reason}"
        raise ConflictError(
            message, next_step="Name another product, or correct the row and upload it again."
        )
    valued = _valued_row(matched_row, {}, chance)
    result = valued.result.model_copy(update={"matched_by": "person"})
    return valued.model_copy(update={"line": line, "given": row.given, "result": result})


def set_match(connection: sa.Connection, actor: Actor, list_id: str, row: ValuedRow) -> None:
    """Writes a row that `rematched` gave, and the counts of its list."""
    table = price_list_rows.c
    of_row = (table.price_list_id == UUID(list_id)) & (table.line == row.line)
    changed = {name: value for name, value in _stored(row).items() if name not in {"line", "given"}}
    connection.execute(sa.update(price_list_rows).where(of_row).values(**changed))
    counts = (
        sa.select(
            sa.func.count().filter(table.state == "valued"),
            sa.func.count().filter(table.state == "unmatched"),
            sa.func.count().filter(table.result["is_worth_buying"].astext == "true"),
        )
        .select_from(price_list_rows)
        .where(table.price_list_id == UUID(list_id))
    )
    valued, unmatched, worth = connection.execute(counts).one()
    change = sa.update(TABLE).where(TABLE.c.id == UUID(list_id))
    connection.execute(change.values(valued=valued, unmatched=unmatched, worth_buying=worth))
    after = {"line": row.line, "product_id": row.result.product_id}
    record(connection, actor, "match_price_list_row", "price_list", list_id, after=after)
