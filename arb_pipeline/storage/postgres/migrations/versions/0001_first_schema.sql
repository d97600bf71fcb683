-- Migration 0001. Never edited once released: a change is a new migration.

CREATE TABLE load_ledger (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    source VARCHAR(50) NOT NULL,
    category VARCHAR(20) NOT NULL,
    day DATE NOT NULL,
    package_id CHAR(64) NOT NULL,
    parser_version VARCHAR(20) NOT NULL,
    rows_raw BIGINT NOT NULL,
    rows_accepted BIGINT NOT NULL,
    rows_duplicate BIGINT NOT NULL,
    rows_quarantined BIGINT NOT NULL,
    rows_written BIGINT NOT NULL,
    loaded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT load_ledger_pkey PRIMARY KEY (id),
    CONSTRAINT load_ledger_balance_check CHECK (rows_raw = rows_accepted + rows_duplicate + rows_quarantined),
    CONSTRAINT load_ledger_natural_key UNIQUE (source, category, day, package_id, parser_version)
);

COMMENT ON TABLE load_ledger IS 'One row per load, committed with its rows.';
COMMENT ON COLUMN load_ledger.id IS 'Of the load.';
COMMENT ON COLUMN load_ledger.source IS 'Where the package is from.';
COMMENT ON COLUMN load_ledger.category IS 'Game.';
COMMENT ON COLUMN load_ledger.day IS 'Day that the package is of.';
COMMENT ON COLUMN load_ledger.package_id IS 'sha256 of the package.';
COMMENT ON COLUMN load_ledger.parser_version IS 'Version of the code that read it.';
COMMENT ON COLUMN load_ledger.rows_raw IS 'Records read = accepted + duplicate + quarantined.';
COMMENT ON COLUMN load_ledger.rows_accepted IS 'Records that became observations.';
COMMENT ON COLUMN load_ledger.rows_duplicate IS 'Records seen already in the package.';
COMMENT ON COLUMN load_ledger.rows_quarantined IS 'Records refused, with a reason.';
COMMENT ON COLUMN load_ledger.rows_written IS 'Rows inserted or changed by the load.';
COMMENT ON COLUMN load_ledger.loaded_at IS 'When the load committed.';

CREATE TABLE products (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    name VARCHAR(500) NOT NULL,
    set_name VARCHAR(200),
    set_code VARCHAR(20),
    release_date DATE,
    language VARCHAR(30) DEFAULT 'English' NOT NULL,
    product_type VARCHAR(50) NOT NULL,
    kind VARCHAR(40),
    category VARCHAR(50) NOT NULL,
    tcg_product_id VARCHAR(100),
    ebay_product_id VARCHAR(100),
    amazon_asin VARCHAR(20),
    description TEXT,
    image_url VARCHAR(500),
    is_active BOOLEAN DEFAULT true NOT NULL,
    is_featured BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_product_type_check CHECK (product_type IN ('sealed', 'single')),
    CONSTRAINT products_tcg_product_id_key UNIQUE (tcg_product_id)
);

CREATE INDEX products_category_product_type_idx ON products (category, product_type);
COMMENT ON TABLE products IS 'Sealed products and single cards.';
COMMENT ON COLUMN products.id IS 'Ours; derived from the natural key by the loads.';
COMMENT ON COLUMN products.name IS 'As the source writes it.';
COMMENT ON COLUMN products.set_name IS 'Name of the set or expansion.';
COMMENT ON COLUMN products.set_code IS 'Code of the set, such as MH3.';
COMMENT ON COLUMN products.release_date IS 'First day of sale.';
COMMENT ON COLUMN products.language IS 'Language printed on it.';
COMMENT ON COLUMN products.product_type IS 'sealed or single.';
COMMENT ON COLUMN products.kind IS 'booster_box, deck, card, ...';
COMMENT ON COLUMN products.category IS 'Game: mtg, pokemon, yugioh.';
COMMENT ON COLUMN products.tcg_product_id IS 'Id at TCGplayer.';
COMMENT ON COLUMN products.ebay_product_id IS 'Id at eBay.';
COMMENT ON COLUMN products.amazon_asin IS 'Id at Amazon.';
COMMENT ON COLUMN products.description IS 'Free text.';
COMMENT ON COLUMN products.image_url IS 'Picture.';
COMMENT ON COLUMN products.is_active IS 'False once withdrawn: rows are never deleted.';
COMMENT ON COLUMN products.is_featured IS 'Shown first; set by a person.';
COMMENT ON COLUMN products.created_at IS 'When the row was first written.';
COMMENT ON COLUMN products.updated_at IS 'When a value of the row last changed.';

CREATE TABLE arbitrage_opportunities (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    sealed_product_id UUID NOT NULL,
    sealed_price NUMERIC(12, 2) NOT NULL,
    sealed_list_price NUMERIC(12, 2),
    gross_singles_value NUMERIC(12, 2),
    singles_value NUMERIC(12, 2) NOT NULL,
    profit NUMERIC(12, 2) NOT NULL,
    margin_percentage NUMERIC(12, 2) NOT NULL,
    confidence_score NUMERIC(3, 2) NOT NULL,
    risk_level VARCHAR(20) NOT NULL,
    seller_count INTEGER,
    competition_level VARCHAR(20) DEFAULT 'unknown' NOT NULL,
    rank_score DOUBLE PRECISION,
    p_profit NUMERIC(6, 5),
    priced_share NUMERIC(9, 6),
    flags TEXT[] DEFAULT '{}' NOT NULL,
    why TEXT,
    status VARCHAR(20) DEFAULT 'active' NOT NULL,
    opened_on DATE NOT NULL,
    as_of DATE NOT NULL,
    execution_quantity INTEGER DEFAULT 0 NOT NULL,
    execution_notes VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    executed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT arbitrage_opportunities_pkey PRIMARY KEY (id),
    CONSTRAINT arbitrage_opportunities_status_check CHECK (status IN ('active', 'expired', 'executed', 'cancelled')),
    CONSTRAINT arbitrage_opportunities_risk_level_check CHECK (risk_level IN ('low', 'medium', 'high')),
    CONSTRAINT arbitrage_opportunities_competition_level_check CHECK (competition_level IN ('low', 'medium', 'high', 'unknown')),
    CONSTRAINT arbitrage_opportunities_confidence_score_check CHECK (confidence_score BETWEEN 0 AND 1),
    CONSTRAINT arbitrage_opportunities_sealed_product_id_fkey FOREIGN KEY(sealed_product_id) REFERENCES products (id)
);

CREATE UNIQUE INDEX arbitrage_opportunities_one_active ON arbitrage_opportunities (sealed_product_id) WHERE status = 'active';
CREATE INDEX arbitrage_opportunities_sealed_product_id_idx ON arbitrage_opportunities (sealed_product_id);
CREATE INDEX arbitrage_opportunities_status_idx ON arbitrage_opportunities (status, rank_score DESC);
COMMENT ON TABLE arbitrage_opportunities IS 'Sealed products that cost less than their singles net, and what became of each.';
COMMENT ON COLUMN arbitrage_opportunities.id IS 'Ours; derived from the natural key by the loads.';
COMMENT ON COLUMN arbitrage_opportunities.sealed_product_id IS 'What to buy.';
COMMENT ON COLUMN arbitrage_opportunities.sealed_price IS 'Cheapest landed cost: price + shipping + tax.';
COMMENT ON COLUMN arbitrage_opportunities.sealed_list_price IS 'Price alone of that offer.';
COMMENT ON COLUMN arbitrage_opportunities.gross_singles_value IS 'Expected copies x reference price.';
COMMENT ON COLUMN arbitrage_opportunities.singles_value IS 'Expected copies x net of the best exit channel.';
COMMENT ON COLUMN arbitrage_opportunities.profit IS 'singles_value - sealed_price.';
COMMENT ON COLUMN arbitrage_opportunities.margin_percentage IS '100 x profit / sealed_price.';
COMMENT ON COLUMN arbitrage_opportunities.confidence_score IS '0 to 1.';
COMMENT ON COLUMN arbitrage_opportunities.risk_level IS 'low, medium or high.';
COMMENT ON COLUMN arbitrage_opportunities.seller_count IS 'Sellers of the sealed product.';
COMMENT ON COLUMN arbitrage_opportunities.competition_level IS 'low, medium, high or unknown.';
COMMENT ON COLUMN arbitrage_opportunities.rank_score IS 'Order of the list, highest first.';
COMMENT ON COLUMN arbitrage_opportunities.p_profit IS 'Chance that the net value exceeds sealed_price.';
COMMENT ON COLUMN arbitrage_opportunities.priced_share IS 'Expected copies with a price / all.';
COMMENT ON COLUMN arbitrage_opportunities.flags IS 'Warnings.';
COMMENT ON COLUMN arbitrage_opportunities.why IS 'The explanation, in words.';
COMMENT ON COLUMN arbitrage_opportunities.status IS 'active, expired, executed or cancelled.';
COMMENT ON COLUMN arbitrage_opportunities.opened_on IS 'Day of the analysis that opened it.';
COMMENT ON COLUMN arbitrage_opportunities.as_of IS 'Day of the latest analysis that confirmed it.';
COMMENT ON COLUMN arbitrage_opportunities.execution_quantity IS 'Pieces bought; set by a person.';
COMMENT ON COLUMN arbitrage_opportunities.execution_notes IS 'Set by a person.';
COMMENT ON COLUMN arbitrage_opportunities.created_at IS 'When the row was first written.';
COMMENT ON COLUMN arbitrage_opportunities.updated_at IS 'When a value of the row last changed.';
COMMENT ON COLUMN arbitrage_opportunities.expires_at IS 'Not to be trusted after this.';
COMMENT ON COLUMN arbitrage_opportunities.executed_at IS 'When a person bought it.';

CREATE TABLE price_history (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    product_id UUID NOT NULL,
    price NUMERIC(12, 2) NOT NULL,
    condition VARCHAR(20) DEFAULT 'near_mint' NOT NULL,
    printing VARCHAR(30) DEFAULT 'normal' NOT NULL,
    language VARCHAR(30) DEFAULT 'English' NOT NULL,
    currency CHAR(3) DEFAULT 'USD' NOT NULL,
    source VARCHAR(50) NOT NULL,
    source_url VARCHAR(500),
    seller_count INTEGER,
    available_quantity INTEGER,
    shipping_cost NUMERIC(12, 2),
    price_type VARCHAR(20) DEFAULT 'market' NOT NULL,
    is_foil BOOLEAN DEFAULT false NOT NULL,
    confidence_level VARCHAR(20) DEFAULT 'high' NOT NULL,
    data_source_quality NUMERIC(3, 2) DEFAULT 1.0 NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT price_history_pkey PRIMARY KEY (id, recorded_at),
    CONSTRAINT price_history_price_check CHECK (price >= 0),
    CONSTRAINT price_history_natural_key UNIQUE (product_id, source, price_type, printing, condition, language, recorded_at),
    CONSTRAINT price_history_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id)
)
 PARTITION BY RANGE (recorded_at);

CREATE TABLE price_history_default PARTITION OF price_history DEFAULT;

CREATE INDEX price_history_product_id_recorded_at_idx ON price_history (product_id, recorded_at);
COMMENT ON TABLE price_history IS 'Cleaned price observations, partitioned by month (UTC).';
COMMENT ON COLUMN price_history.id IS 'Of the row.';
COMMENT ON COLUMN price_history.product_id IS 'What is priced.';
COMMENT ON COLUMN price_history.price IS 'Per piece, without shipping, in `currency`.';
COMMENT ON COLUMN price_history.condition IS 'near_mint, ...; of a sealed product: unopened.';
COMMENT ON COLUMN price_history.printing IS 'normal, foil, holofoil, reverse_holofoil, 1st_edition, ...';
COMMENT ON COLUMN price_history.language IS 'Language of the offer.';
COMMENT ON COLUMN price_history.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN price_history.source IS 'tcgplayer, cardkingdom, ebay, amazon, ...';
COMMENT ON COLUMN price_history.source_url IS 'Page of the offer.';
COMMENT ON COLUMN price_history.seller_count IS 'Sellers that offer it.';
COMMENT ON COLUMN price_history.available_quantity IS 'Pieces on offer.';
COMMENT ON COLUMN price_history.shipping_cost IS 'To the buyer, in `currency`.';
COMMENT ON COLUMN price_history.price_type IS 'market, low, mid, high, trend, buylist, ...';
COMMENT ON COLUMN price_history.is_foil IS 'Whether the printing is a foil of any kind.';
COMMENT ON COLUMN price_history.confidence_level IS 'Of the observation: high, medium, low.';
COMMENT ON COLUMN price_history.data_source_quality IS 'Of the source and field, 0 to 1.';
COMMENT ON COLUMN price_history.recorded_at IS 'When the price held.';
COMMENT ON COLUMN price_history.created_at IS 'When the row was first written.';

CREATE TABLE product_singles (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    sealed_product_id UUID NOT NULL,
    single_product_id UUID NOT NULL,
    is_foil BOOLEAN DEFAULT false NOT NULL,
    quantity INTEGER DEFAULT 1 NOT NULL,
    guaranteed BOOLEAN DEFAULT true NOT NULL,
    rarity VARCHAR(20),
    pull_probability NUMERIC(14, 10),
    expected_copies DOUBLE PRECISION DEFAULT 1 NOT NULL,
    pack VARCHAR(80) DEFAULT '' NOT NULL,
    sheet VARCHAR(120) DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT product_singles_pkey PRIMARY KEY (id),
    CONSTRAINT product_singles_natural_key UNIQUE (sealed_product_id, single_product_id, is_foil, pack, sheet),
    CONSTRAINT product_singles_sealed_product_id_fkey FOREIGN KEY(sealed_product_id) REFERENCES products (id),
    CONSTRAINT product_singles_single_product_id_fkey FOREIGN KEY(single_product_id) REFERENCES products (id)
);

CREATE INDEX product_singles_single_product_id_idx ON product_singles (single_product_id);
COMMENT ON TABLE product_singles IS 'What is in a sealed product.';
COMMENT ON COLUMN product_singles.id IS 'Ours; derived from the natural key by the loads.';
COMMENT ON COLUMN product_singles.sealed_product_id IS 'What is opened.';
COMMENT ON COLUMN product_singles.single_product_id IS 'The card inside.';
COMMENT ON COLUMN product_singles.is_foil IS 'Foil and normal copies are two rows.';
COMMENT ON COLUMN product_singles.quantity IS 'Packs opened, or guaranteed copies.';
COMMENT ON COLUMN product_singles.guaranteed IS 'True: always inside; false: a random pull.';
COMMENT ON COLUMN product_singles.rarity IS 'As printed.';
COMMENT ON COLUMN product_singles.pull_probability IS 'Expected copies per pack, so above 1 is legal.';
COMMENT ON COLUMN product_singles.expected_copies IS 'quantity x pull_probability.';
COMMENT ON COLUMN product_singles.pack IS 'Kind of pack that it is in; empty when guaranteed.';
COMMENT ON COLUMN product_singles.sheet IS 'Print sheet it is drawn from; empty when guaranteed.';
COMMENT ON COLUMN product_singles.created_at IS 'When the row was first written.';
COMMENT ON COLUMN product_singles.updated_at IS 'When a value of the row last changed.';

CREATE TABLE sealed_valuations (
    product_id UUID NOT NULL,
    as_of DATE NOT NULL,
    sealed_price NUMERIC(12, 2),
    sealed_list_price NUMERIC(12, 2),
    market_price NUMERIC(12, 2),
    gross_singles_value NUMERIC(14, 2),
    singles_value NUMERIC(14, 2),
    profit NUMERIC(14, 2),
    margin_percentage NUMERIC(14, 2),
    priced_share NUMERIC(9, 6),
    contents_complete BOOLEAN NOT NULL,
    unknown_parts TEXT[] DEFAULT '{}' NOT NULL,
    extras INTEGER DEFAULT 0 NOT NULL,
    confidence_score NUMERIC(3, 2),
    price_stability NUMERIC(6, 4),
    seller_count_factor NUMERIC(6, 4),
    volume_history NUMERIC(6, 4),
    margin_size NUMERIC(6, 4),
    missing_factors TEXT[] DEFAULT '{}' NOT NULL,
    seller_count INTEGER,
    risk_level VARCHAR(20),
    competition_level VARCHAR(20),
    rank_score DOUBLE PRECISION,
    p_profit NUMERIC(6, 5),
    published BOOLEAN DEFAULT false NOT NULL,
    flags TEXT[] DEFAULT '{}' NOT NULL,
    why TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT sealed_valuations_pkey PRIMARY KEY (product_id, as_of),
    CONSTRAINT sealed_valuations_risk_level_check CHECK (risk_level IN ('low', 'medium', 'high')),
    CONSTRAINT sealed_valuations_competition_level_check CHECK (competition_level IN ('low', 'medium', 'high', 'unknown')),
    CONSTRAINT sealed_valuations_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id)
);

CREATE INDEX sealed_valuations_as_of_idx ON sealed_valuations (as_of, margin_percentage DESC);
COMMENT ON TABLE sealed_valuations IS 'Every valued product of every day, published or not.';
COMMENT ON COLUMN sealed_valuations.product_id IS 'The sealed product.';
COMMENT ON COLUMN sealed_valuations.as_of IS 'Day of the analysis.';
COMMENT ON COLUMN sealed_valuations.sealed_price IS 'Cheapest landed cost.';
COMMENT ON COLUMN sealed_valuations.sealed_list_price IS 'Price alone of that offer.';
COMMENT ON COLUMN sealed_valuations.market_price IS 'What others paid of late.';
COMMENT ON COLUMN sealed_valuations.gross_singles_value IS 'Expected copies x reference price.';
COMMENT ON COLUMN sealed_valuations.singles_value IS 'Expected copies x net of the best exit channel.';
COMMENT ON COLUMN sealed_valuations.profit IS 'singles_value - sealed_price.';
COMMENT ON COLUMN sealed_valuations.margin_percentage IS '100 x profit / sealed_price.';
COMMENT ON COLUMN sealed_valuations.priced_share IS 'Expected copies with a price / all.';
COMMENT ON COLUMN sealed_valuations.contents_complete IS 'Whether all contents are known.';
COMMENT ON COLUMN sealed_valuations.unknown_parts IS 'Contents that could not be resolved.';
COMMENT ON COLUMN sealed_valuations.extras IS 'Unpriced extras: counted, worth 0.';
COMMENT ON COLUMN sealed_valuations.confidence_score IS '0 to 1.';
COMMENT ON COLUMN sealed_valuations.price_stability IS 'Confidence factor, 0 to 1.';
COMMENT ON COLUMN sealed_valuations.seller_count_factor IS 'Confidence factor, 0 to 1.';
COMMENT ON COLUMN sealed_valuations.volume_history IS 'Confidence factor, 0 to 1.';
COMMENT ON COLUMN sealed_valuations.margin_size IS 'Confidence factor, 0 to 1.';
COMMENT ON COLUMN sealed_valuations.missing_factors IS 'Factors without data, scored 0.5.';
COMMENT ON COLUMN sealed_valuations.seller_count IS 'Sellers of the sealed product.';
COMMENT ON COLUMN sealed_valuations.risk_level IS 'low, medium or high.';
COMMENT ON COLUMN sealed_valuations.competition_level IS 'low, medium, high or unknown.';
COMMENT ON COLUMN sealed_valuations.rank_score IS 'Order of the list, highest first.';
COMMENT ON COLUMN sealed_valuations.p_profit IS 'Chance that the net value exceeds sealed_price.';
COMMENT ON COLUMN sealed_valuations.published IS 'Whether it became an opportunity.';
COMMENT ON COLUMN sealed_valuations.flags IS 'Warnings.';
COMMENT ON COLUMN sealed_valuations.why IS 'Why published or not, in words.';
COMMENT ON COLUMN sealed_valuations.created_at IS 'When the row was first written.';
COMMENT ON COLUMN sealed_valuations.updated_at IS 'When a value of the row last changed.';

CREATE TABLE opportunity_events (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    opportunity_id UUID NOT NULL,
    event VARCHAR(20) NOT NULL,
    as_of DATE NOT NULL,
    details JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT opportunity_events_pkey PRIMARY KEY (id),
    CONSTRAINT opportunity_events_event_check CHECK (event IN ('opened', 'confirmed', 'expired', 'executed', 'cancelled', 'noted')),
    CONSTRAINT opportunity_events_opportunity_id_fkey FOREIGN KEY(opportunity_id) REFERENCES arbitrage_opportunities (id)
);

CREATE INDEX opportunity_events_opportunity_id_idx ON opportunity_events (opportunity_id);
COMMENT ON TABLE opportunity_events IS 'Every change of an opportunity; append-only, held by a trigger.';
COMMENT ON COLUMN opportunity_events.id IS 'Of the event.';
COMMENT ON COLUMN opportunity_events.opportunity_id IS 'What changed.';
COMMENT ON COLUMN opportunity_events.event IS 'opened, confirmed, expired, executed, cancelled or noted.';
COMMENT ON COLUMN opportunity_events.as_of IS 'Day of the analysis, or of the person''s act.';
COMMENT ON COLUMN opportunity_events.details IS 'What changed, and why.';
COMMENT ON COLUMN opportunity_events.created_at IS 'When the row was first written.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused. Add an event that corrects it instead.', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER opportunity_events_append_only BEFORE UPDATE OR DELETE ON opportunity_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
