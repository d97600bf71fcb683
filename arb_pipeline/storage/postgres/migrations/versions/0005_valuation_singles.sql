-- What carries the value of a product on a day, for the mart.

CREATE TABLE valuation_singles (
    product_id UUID NOT NULL,
    as_of DATE NOT NULL,
    rank INTEGER NOT NULL,
    single_product_id UUID NOT NULL,
    printing VARCHAR(30) NOT NULL,
    is_foil BOOLEAN NOT NULL,
    expected_copies DOUBLE PRECISION NOT NULL,
    price NUMERIC(12, 2) NOT NULL,
    net NUMERIC(12, 2) NOT NULL,
    channel VARCHAR(80) NOT NULL,
    value NUMERIC(14, 2) NOT NULL,
    value_share NUMERIC(9, 6) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT valuation_singles_pkey PRIMARY KEY (product_id, as_of, rank),
    CONSTRAINT valuation_singles_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id),
    CONSTRAINT valuation_singles_single_product_id_fkey FOREIGN KEY(single_product_id) REFERENCES products (id)
);

CREATE INDEX valuation_singles_single_product_id_idx ON valuation_singles (single_product_id);
COMMENT ON TABLE valuation_singles IS 'The cards that carry the value of each valued product of each day, best first.';
COMMENT ON COLUMN valuation_singles.product_id IS 'The sealed product.';
COMMENT ON COLUMN valuation_singles.as_of IS 'Day of the analysis.';
COMMENT ON COLUMN valuation_singles.rank IS '1 carries most.';
COMMENT ON COLUMN valuation_singles.single_product_id IS 'The card inside.';
COMMENT ON COLUMN valuation_singles.printing IS 'normal, foil, holofoil, reverse_holofoil, 1st_edition, ...';
COMMENT ON COLUMN valuation_singles.is_foil IS 'Whether the printing is a foil of any kind.';
COMMENT ON COLUMN valuation_singles.expected_copies IS 'In one product, over all its packs and sheets.';
COMMENT ON COLUMN valuation_singles.price IS 'Reference price of one copy.';
COMMENT ON COLUMN valuation_singles.net IS 'What one copy nets at its best exit channel, rounded.';
COMMENT ON COLUMN valuation_singles.channel IS 'That channel; bulk: not listed at all.';
COMMENT ON COLUMN valuation_singles.value IS 'expected_copies x unrounded net.';
COMMENT ON COLUMN valuation_singles.value_share IS 'Of the net of all cards of the product.';
COMMENT ON COLUMN valuation_singles.created_at IS 'When the row was first written.';
COMMENT ON COLUMN valuation_singles.updated_at IS 'When a value of the row last changed.';
