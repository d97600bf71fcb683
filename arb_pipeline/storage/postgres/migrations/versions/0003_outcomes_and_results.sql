-- What an opened product may be worth, where it is offered cheapest, and what became of what was bought.

ALTER TABLE product_singles ADD COLUMN printing VARCHAR(30) DEFAULT 'normal' NOT NULL;
UPDATE product_singles SET printing = 'foil' WHERE is_foil;
ALTER TABLE product_singles DROP CONSTRAINT product_singles_natural_key;
ALTER TABLE product_singles ADD CONSTRAINT product_singles_natural_key
    UNIQUE (sealed_product_id, single_product_id, is_foil, printing, pack, sheet);
COMMENT ON COLUMN product_singles.printing IS 'normal, foil, holofoil, reverse_holofoil, 1st_edition, ...';

ALTER TABLE sealed_valuations
    ADD COLUMN sealed_source VARCHAR(50),
    ADD COLUMN outcome_mean NUMERIC(14, 2),
    ADD COLUMN outcome_sd NUMERIC(14, 2),
    ADD COLUMN p5 NUMERIC(14, 2),
    ADD COLUMN p50 NUMERIC(14, 2),
    ADD COLUMN p95 NUMERIC(14, 2);
COMMENT ON COLUMN sealed_valuations.sealed_source IS 'Who makes that offer: tcgplayer, cardkingdom, a distributor, ...';
COMMENT ON COLUMN sealed_valuations.outcome_mean IS 'Mean net value of one opened product.';
COMMENT ON COLUMN sealed_valuations.outcome_sd IS 'Standard deviation of that net value.';
COMMENT ON COLUMN sealed_valuations.p5 IS 'Net value that 5 % of openings do not exceed.';
COMMENT ON COLUMN sealed_valuations.p50 IS 'Median net value.';
COMMENT ON COLUMN sealed_valuations.p95 IS 'Net value that 95 % of openings do not exceed.';

ALTER TABLE arbitrage_opportunities
    ADD COLUMN sealed_source VARCHAR(50),
    ADD COLUMN outcome_mean NUMERIC(14, 2),
    ADD COLUMN outcome_sd NUMERIC(14, 2),
    ADD COLUMN p5 NUMERIC(14, 2),
    ADD COLUMN p50 NUMERIC(14, 2),
    ADD COLUMN p95 NUMERIC(14, 2),
    ADD COLUMN execution_price NUMERIC(12, 2),
    ADD COLUMN realised_value NUMERIC(14, 2),
    ADD COLUMN realised_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN arbitrage_opportunities.sealed_source IS 'Who makes that offer: tcgplayer, cardkingdom, a distributor, ...';
COMMENT ON COLUMN arbitrage_opportunities.outcome_mean IS 'Mean net value of one opened product.';
COMMENT ON COLUMN arbitrage_opportunities.outcome_sd IS 'Standard deviation of that net value.';
COMMENT ON COLUMN arbitrage_opportunities.p5 IS 'Net value that 5 % of openings do not exceed.';
COMMENT ON COLUMN arbitrage_opportunities.p50 IS 'Median net value.';
COMMENT ON COLUMN arbitrage_opportunities.p95 IS 'Net value that 95 % of openings do not exceed.';
COMMENT ON COLUMN arbitrage_opportunities.execution_price IS 'Paid per piece, landed; set by a person.';
COMMENT ON COLUMN arbitrage_opportunities.realised_value IS 'What the singles of all pieces netted; set by a person.';
COMMENT ON COLUMN arbitrage_opportunities.realised_at IS 'When that result was recorded.';
