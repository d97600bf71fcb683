"""Ten million prices, 100,000 products and 5,000 opportunities beside those of a demo home, made in SQL."""

import time
from datetime import timedelta

import sqlalchemy as sa

from arb_pipeline.storage.postgres.partitions import ensure_months

MARK = "bench-"
"""Beginning of the set code of products that are made here."""
DAYS = 100
PRODUCTS = """
    INSERT INTO products (id, name, product_type, category, set_code, set_name, kind, tcg_product_id)
    SELECT md5('bench' || n)::uuid, 'Bench ' || md5(n::text) || ' Box ' || n, 'sealed',
        (ARRAY['mtg', 'pokemon', 'yugioh'])[1 + n % 3], 'bench-' || n % 500, 'Bench Set ' || n % 500,
        'booster_box', (900000000 + n)::text
    FROM generate_series(1, :products) n ON CONFLICT DO NOTHING
"""
PRICES = """
    INSERT INTO price_history (id, product_id, source, price_type, price, recorded_at)
    SELECT gen_random_uuid(), md5('bench' || n)::uuid, 'tcgplayer', 'market',
        round((20 + 80 * random())::numeric, 2), date_trunc('day', now()) - make_interval(days => :day)
            + interval '20 hours'
    FROM generate_series(1, :products) n ON CONFLICT DO NOTHING
"""
MADE = """
    SELECT EXISTS (SELECT 1 FROM price_history WHERE product_id = md5('bench' || :products)::uuid
        AND recorded_at = date_trunc('day', now()) - make_interval(days => :day) + interval '20 hours')
"""
OPPORTUNITIES = """
    INSERT INTO arbitrage_opportunities ({names}, id, sealed_product_id, status, rank_score,
        margin_percentage, opened_on, expires_at)
    SELECT {values}, gen_random_uuid(), md5('bench' || n)::uuid, 'active', n / 100.0,
        round((10 + 90 * random())::numeric, 2), current_date - n % 30, now() + interval '2 days'
    FROM generate_series(1, :wanted) n
    CROSS JOIN (SELECT * FROM arbitrage_opportunities ORDER BY opened_on, id LIMIT 1) o
    ON CONFLICT DO NOTHING
"""
OWN = ("id", "sealed_product_id", "status", "rank_score", "margin_percentage", "opened_on", "expires_at")


def fill(engine: sa.Engine, *, prices: int, products: int, opportunities: int) -> str:
    """Makes missing rows; returns the numbers of rows and the time it took."""
    began = time.perf_counter()
    days = max(1, prices // products)
    with engine.begin() as connection:
        first = connection.scalar(sa.text("SELECT current_date"))
        ensure_months(connection, [first - timedelta(days=n) for n in range(days)])
        connection.execute(sa.text(PRODUCTS), {"products": products})
    for day in range(days):
        with engine.begin() as connection:
            given = {"products": products, "day": day}
            if not connection.scalar(sa.text(MADE), given):
                connection.execute(sa.text(PRICES), given)
    with engine.begin() as connection:
        inspected = sa.inspect(connection).get_columns("arbitrage_opportunities")
        names = ", ".join(c["name"] for c in inspected if c["name"] not in OWN and not c.get("computed"))
        values = ", ".join(f"o.{name}" for name in names.split(", "))
        sql = OPPORTUNITIES.format(names=names, values=values)
        connection.execute(sa.text(sql), {"wanted": opportunities})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        counts: list[int] = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("price_history", "products", "arbitrage_opportunities")
        ]
    took = time.perf_counter() - began
    return f"{counts[0]:,} prices, {counts[1]:,} products, {counts[2]:,} opportunities (made in {took:.0f} s)"
