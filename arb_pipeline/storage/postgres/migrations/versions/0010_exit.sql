-- The exit that a purchase rests on, and the band of a resale.

ALTER TABLE sealed_valuations
    ADD COLUMN resale_p5 NUMERIC(14, 2),
    ADD COLUMN resale_p95 NUMERIC(14, 2),
    ADD COLUMN exit VARCHAR(20) CONSTRAINT sealed_valuations_exit_check CHECK (exit IN ('open', 'resale'));

ALTER TABLE arbitrage_opportunities
    ADD COLUMN resale_p5 NUMERIC(14, 2),
    ADD COLUMN resale_p95 NUMERIC(14, 2),
    ADD COLUMN exit VARCHAR(20) CONSTRAINT arbitrage_opportunities_exit_check CHECK (exit IN ('open', 'resale'));
