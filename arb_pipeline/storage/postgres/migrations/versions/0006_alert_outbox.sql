-- Alerts: decided in one transaction, sent in another; a row is told once.

CREATE TABLE alert_outbox (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    kind VARCHAR(20) NOT NULL,
    rule VARCHAR(100) NOT NULL,
    target VARCHAR(100) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    opportunity_id UUID,
    event VARCHAR(20) NOT NULL,
    as_of DATE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    figures JSONB DEFAULT '{}' NOT NULL,
    status VARCHAR(20) DEFAULT 'pending' NOT NULL,
    reason TEXT,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    message_id UUID,
    attempts INTEGER DEFAULT 0 NOT NULL,
    last_error TEXT,
    sent_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT alert_outbox_pkey PRIMARY KEY (id),
    CONSTRAINT alert_outbox_kind_check CHECK (kind IN ('opportunity', 'operations')),
    CONSTRAINT alert_outbox_event_check CHECK (event IN ('new', 'better', 'worse', 'gone', 'failed', 'recovered')),
    CONSTRAINT alert_outbox_status_check CHECK (status IN ('pending', 'sent', 'dropped', 'seen')),
    CONSTRAINT alert_outbox_opportunity_id_fkey FOREIGN KEY(opportunity_id) REFERENCES arbitrage_opportunities (id)
);

CREATE INDEX alert_outbox_pending ON alert_outbox (due_at) WHERE status = 'pending';
CREATE INDEX alert_outbox_rule_target_subject_idx ON alert_outbox (rule, target, subject);
COMMENT ON TABLE alert_outbox IS 'Alerts that were decided, and whether they have left.';
COMMENT ON COLUMN alert_outbox.id IS 'Derived from what is told, so that it is told once.';
COMMENT ON COLUMN alert_outbox.kind IS 'opportunity or operations.';
COMMENT ON COLUMN alert_outbox.rule IS 'Name of the rule that decided it.';
COMMENT ON COLUMN alert_outbox.target IS 'Name of the target in the rule file.';
COMMENT ON COLUMN alert_outbox.subject IS 'What it is about: an opportunity''s id, or what is watched.';
COMMENT ON COLUMN alert_outbox.opportunity_id IS 'The opportunity it is about.';
COMMENT ON COLUMN alert_outbox.event IS 'new, better, worse, gone, failed or recovered.';
COMMENT ON COLUMN alert_outbox.as_of IS 'Day of the analysis that it tells of.';
COMMENT ON COLUMN alert_outbox.title IS 'First line.';
COMMENT ON COLUMN alert_outbox.body IS 'The other lines.';
COMMENT ON COLUMN alert_outbox.figures IS 'What it tells, for the next comparison.';
COMMENT ON COLUMN alert_outbox.status IS 'pending, sent, dropped, or seen: noted and not told.';
COMMENT ON COLUMN alert_outbox.reason IS 'Why it was dropped.';
COMMENT ON COLUMN alert_outbox.due_at IS 'Not to be sent before.';
COMMENT ON COLUMN alert_outbox.message_id IS 'The message it leaves in; kept over retries.';
COMMENT ON COLUMN alert_outbox.attempts IS 'Tries so far.';
COMMENT ON COLUMN alert_outbox.last_error IS 'Why the last try failed; without secrets.';
COMMENT ON COLUMN alert_outbox.sent_at IS 'When the target took it, or it was noted.';
COMMENT ON COLUMN alert_outbox.created_at IS 'When the row was first written.';
