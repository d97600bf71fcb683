-- The value at the sale: its horizon, where its spread comes from, and the other exits.

ALTER TABLE sealed_valuations
    ADD COLUMN horizon_days INTEGER,
    ADD COLUMN contents_sd NUMERIC(14, 2),
    ADD COLUMN price_sd NUMERIC(14, 2),
    ADD COLUMN quick_sale_value NUMERIC(14, 2),
    ADD COLUMN quick_sale_margin_percentage NUMERIC(14, 2),
    ADD COLUMN cash_value NUMERIC(14, 2),
    ADD COLUMN resale_value NUMERIC(14, 2);

ALTER TABLE arbitrage_opportunities
    ADD COLUMN horizon_days INTEGER,
    ADD COLUMN contents_sd NUMERIC(14, 2),
    ADD COLUMN price_sd NUMERIC(14, 2),
    ADD COLUMN quick_sale_value NUMERIC(14, 2),
    ADD COLUMN quick_sale_margin_percentage NUMERIC(14, 2),
    ADD COLUMN cash_value NUMERIC(14, 2),
    ADD COLUMN resale_value NUMERIC(14, 2);
