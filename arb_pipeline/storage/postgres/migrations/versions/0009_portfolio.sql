-- Purchases and sales: pieces of the offer, buyers without an account, what a sale was of, imported orders.

ALTER TABLE sealed_valuations ADD COLUMN sealed_quantity INTEGER;
ALTER TABLE arbitrage_opportunities ADD COLUMN sealed_quantity INTEGER;

ALTER TABLE purchases ALTER COLUMN buyer_id DROP NOT NULL;
CREATE INDEX purchases_product_id_idx ON purchases (product_id);

ALTER TABLE sales
    ADD COLUMN kind VARCHAR(20) DEFAULT 'singles' NOT NULL,
    ADD COLUMN quantity INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN single_product_id UUID,
    ADD COLUMN gross NUMERIC(14, 2),
    ADD COLUMN fees NUMERIC(14, 2),
    ADD COLUMN forecast_value NUMERIC(14, 2),
    ADD COLUMN import_key CHAR(64),
    ADD CONSTRAINT sales_kind_check CHECK (kind IN ('singles', 'sealed', 'whole', 'correction')),
    ADD CONSTRAINT sales_quantity_check CHECK (quantity >= 0),
    ADD CONSTRAINT sales_single_product_id_fkey FOREIGN KEY(single_product_id) REFERENCES products (id),
    DROP CONSTRAINT sales_proceeds_check;
CREATE UNIQUE INDEX sales_import_key_idx ON sales (purchase_id, import_key);

-- Purchases that the command line recorded on the opportunity alone.
INSERT INTO purchases (opportunity_id, product_id, quantity, price, forecast, notes, purchased_at, is_final)
SELECT o.id, o.sealed_product_id, o.execution_quantity, o.execution_price,
    coalesce((
        SELECT e.details -> 'forecast' FROM opportunity_events e
        WHERE e.opportunity_id = o.id AND e.event = 'executed' AND e.details ? 'forecast'
        ORDER BY e.created_at DESC LIMIT 1
    ), '{}'),
    o.execution_notes, coalesce(o.executed_at, o.updated_at), o.realised_value IS NOT NULL
FROM arbitrage_opportunities o
WHERE o.status = 'executed' AND o.execution_quantity > 0 AND o.execution_price > 0
    AND NOT EXISTS (SELECT 1 FROM purchases b WHERE b.opportunity_id = o.id);

INSERT INTO sales (purchase_id, kind, proceeds, sold_on, description)
SELECT b.id, 'correction', o.realised_value, (o.realised_at AT TIME ZONE 'UTC')::date, 'result of all pieces'
FROM arbitrage_opportunities o JOIN purchases b ON b.opportunity_id = o.id AND b.buyer_id IS NULL
WHERE o.realised_value IS NOT NULL;
