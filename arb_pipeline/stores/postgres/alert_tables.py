"""The table of alerts, declared beside the others in `tables` (same metadata, same conventions)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from arb_pipeline.stores.postgres.columns import COUNT, DAY, WHEN, created, may, must, one_of, own_id, text
from arb_pipeline.stores.postgres.tables import metadata

alert_outbox = sa.Table(
    "alert_outbox",
    metadata,
    own_id(comment="Derived from what is told, so that it is told once."),
    must("kind", text(20), "opportunity or operations."),
    must("rule", text(100), "Name of the rule that decided it."),
    must("target", text(100), "Name of the target in the rule file."),
    must("subject", text(200), "What it is about: an opportunity's id, or what is watched."),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        comment="The opportunity it is about.",
    ),
    must("event", text(20), "new, better, worse, gone, failed or recovered."),
    may("as_of", DAY, "Day of the analysis that it tells of."),
    must("title", sa.Text(), "First line."),
    must("body", sa.Text(), "The other lines."),
    must("figures", JSONB(), "What it tells, for the next comparison.", "'{}'"),
    must("status", text(20), "pending, sent, dropped, or seen: noted and not told.", "'pending'"),
    may("reason", sa.Text(), "Why it was dropped."),
    must("due_at", WHEN, "Not to be sent before."),
    may("message_id", sa.Uuid(), "The message it leaves in; kept over retries."),
    must("attempts", COUNT, "Tries so far.", "0"),
    may("last_error", sa.Text(), "Why the last try failed; without secrets."),
    may("sent_at", WHEN, "When the target took it, or it was noted."),
    created(),
    one_of("kind", "opportunity", "operations"),
    one_of("event", "new", "better", "worse", "gone", "failed", "recovered"),
    one_of("status", "pending", "sent", "dropped", "seen"),
    sa.Index("alert_outbox_pending", "due_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index(None, "rule", "target", "subject"),
    comment="Alerts that were decided, and whether they have left.",
)
