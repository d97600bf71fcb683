-- Migration 0002. Never edited once released: a change is a new migration.

ALTER TABLE price_history ADD COLUMN fetched_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN price_history.fetched_at IS 'When we fetched it: of two of a key the later is kept.';
ALTER TABLE load_ledger ADD COLUMN fetched_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN load_ledger.fetched_at IS 'When the package was fetched, as in its rows.';

-- The natural key begins with product_id and finds the history of a product as well.
DROP INDEX price_history_product_id_recorded_at_idx;

CREATE TABLE retired_months (
    month DATE NOT NULL,
    detached_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    file TEXT,
    file_sha256 CHAR(64),
    rows BIGINT,
    rows_hash TEXT,
    dropped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT retired_months_pkey PRIMARY KEY (month)
);

COMMENT ON TABLE retired_months IS 'Months of price_history that are in the lake instead.';
COMMENT ON COLUMN retired_months.month IS 'First day of the month.';
COMMENT ON COLUMN retired_months.detached_at IS 'When the partition left price_history.';
COMMENT ON COLUMN retired_months.file IS 'Parquet file, relative to the lake; empty until it is verified.';
COMMENT ON COLUMN retired_months.file_sha256 IS 'Of the file.';
COMMENT ON COLUMN retired_months.rows IS 'Rows in the file.';
COMMENT ON COLUMN retired_months.rows_hash IS 'Sum of hashes of the rows, whatever their order.';
COMMENT ON COLUMN retired_months.dropped_at IS 'When the partition was dropped, its file verified.';

-- The order is that of the natural key read backwards: for one product no row is sorted.
CREATE VIEW latest_prices AS
SELECT DISTINCT ON (product_id, source, price_type, printing, condition, language)
    product_id, source, price_type, printing, condition, language, recorded_at, price, currency,
    shipping_cost, seller_count, available_quantity, source_url, is_foil, confidence_level,
    data_source_quality, fetched_at, id
FROM price_history
ORDER BY product_id DESC, source DESC, price_type DESC, printing DESC, condition DESC, language DESC,
    recorded_at DESC;
COMMENT ON VIEW latest_prices IS 'Newest price of each product, source, kind, printing, condition, language.';
