-- What a purchase came to is an event of its own; emptying the log is refused as changing it is.

ALTER TABLE opportunity_events DROP CONSTRAINT opportunity_events_event_check;
ALTER TABLE opportunity_events ADD CONSTRAINT opportunity_events_event_check
    CHECK (event IN ('opened', 'confirmed', 'expired', 'executed', 'cancelled', 'noted', 'realised'));
COMMENT ON COLUMN opportunity_events.event IS 'opened, confirmed, expired, executed, cancelled, noted or realised.';

CREATE TRIGGER opportunity_events_never_emptied BEFORE TRUNCATE ON opportunity_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
