-- Purchases can be corrected and, as sales, removed: what is removed is kept apart, where no figure reads it.

ALTER TABLE opportunity_events DROP CONSTRAINT opportunity_events_event_check;
ALTER TABLE opportunity_events ADD CONSTRAINT opportunity_events_event_check
    CHECK (event IN ('opened', 'confirmed', 'expired', 'executed', 'cancelled', 'noted', 'realised', 'corrected'));
COMMENT ON COLUMN opportunity_events.event IS 'Kind of change. One of: opened, confirmed, expired, executed, cancelled, noted, realised, corrected.';

CREATE TABLE removed_entries (
    id UUID NOT NULL,
    kind VARCHAR(20) NOT NULL,
    opportunity_id UUID NOT NULL,
    buyer_id UUID,
    entry JSONB NOT NULL,
    reason VARCHAR(500) NOT NULL,
    removed_by UUID,
    removed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT removed_entries_pkey PRIMARY KEY (id),
    CONSTRAINT removed_entries_kind_check CHECK (kind IN ('purchase', 'sale')),
    CONSTRAINT removed_entries_opportunity_id_fkey FOREIGN KEY(opportunity_id) REFERENCES arbitrage_opportunities (id),
    CONSTRAINT removed_entries_buyer_id_fkey FOREIGN KEY(buyer_id) REFERENCES users (id),
    CONSTRAINT removed_entries_removed_by_fkey FOREIGN KEY(removed_by) REFERENCES users (id)
);
CREATE INDEX removed_entries_buyer_id_idx ON removed_entries (buyer_id);
CREATE INDEX removed_entries_opportunity_id_idx ON removed_entries (opportunity_id);
COMMENT ON TABLE removed_entries IS 'Purchases and sales that a person removed: no figure counts them.';
COMMENT ON COLUMN removed_entries.id IS 'Of the purchase or sale.';
COMMENT ON COLUMN removed_entries.kind IS 'purchase or sale.';
COMMENT ON COLUMN removed_entries.opportunity_id IS 'Of which opportunity.';
COMMENT ON COLUMN removed_entries.buyer_id IS 'Whose it was; null: not stated.';
COMMENT ON COLUMN removed_entries.entry IS 'The row as it was.';
COMMENT ON COLUMN removed_entries.reason IS 'Why.';
COMMENT ON COLUMN removed_entries.removed_by IS 'Who removed it; null: not stated.';
COMMENT ON COLUMN removed_entries.removed_at IS 'When.';
