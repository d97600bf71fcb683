"""The table of alerts, declared beside the others in `tables` (same metadata, same conventions)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from arb_pipeline.storage.postgres.columns import (
    COUNT,
    DAY,
    WHEN,
    created,
    nullable,
    one_of,
    own_id,
    required,
    text,
)
from arb_pipeline.storage.postgres.tables import metadata

alert_outbox = sa.Table(
    "alert_outbox",
    metadata,
    own_id(comment="Derived from what is told, so that it is told once."),
    required("kind", text(20), "opportunity or operations."),
    required("rule", text(100), "Name of the rule that decided it."),
    required("target", text(100), "Name of the target in the rule file."),
    required("subject", text(200), "What it is about: an opportunity's id, or what is watched."),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        comment="The opportunity it is about.",
    ),
    required("event", text(20), "new, better, worse, gone, failed or recovered."),
    nullable("as_of", DAY, "Day of the analysis that it tells of."),
    required("title", sa.Text(), "First line."),
    required("body", sa.Text(), "The other lines."),
    required("figures", JSONB(), "What it tells, for the next comparison.", "'{}'"),
    required("status", text(20), "pending, sent, dropped, or seen: noted and not told.", "'pending'"),
    nullable("reason", sa.Text(), "Why it was dropped."),
    required("due_at", WHEN, "Not to be sent before."),
    nullable("message_id", sa.Uuid(), "The message it leaves in; kept over retries."),
    required("attempts", COUNT, "Tries so far.", "0"),
    nullable("last_error", sa.Text(), "Why the last try failed; without secrets."),
    nullable("sent_at", WHEN, "When the target took it, or it was noted."),
    created(),
    one_of("kind", "opportunity", "operations"),
    one_of("event", "new", "better", "worse", "gone", "failed", "recovered"),
    one_of("status", "pending", "sent", "dropped", "seen"),
    sa.Index("alert_outbox_pending", "due_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index(None, "rule", "target", "subject"),
    comment="Alerts that were decided, and whether they have left.",
)
