"""The table of alerts, declared beside the others in `tables` (same metadata, same conventions)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from arb_pipeline.contracts.enums import AlertEvent, AlertKind, AlertStatus, IncidentEvent
from arb_pipeline.storage.postgres.columns import (
    COUNT,
    DAY,
    WHEN,
    created,
    nullable,
    one_of,
    one_of_words,
    own_id,
    required,
    text,
)
from arb_pipeline.storage.postgres.tables import metadata

EVENTS = (*AlertEvent.values(), *IncidentEvent.values())

alert_outbox = sa.Table(
    "alert_outbox",
    metadata,
    own_id(comment="Identifier, derived from the content, so that an alert is sent once."),
    required("kind", text(20), f"Subject area. One of: {', '.join(AlertKind)}."),
    required("rule", text(100), "Name of the rule that triggered it."),
    required("target", text(100), "Name of the target in the rule file."),
    required("subject", text(200), "Identifier of the opportunity, or name of the watched thing."),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        comment="Opportunity, if it is about one.",
    ),
    required("event", text(20), f"Change that triggered it. One of: {', '.join(EVENTS)}."),
    nullable("as_of", DAY, "Day of the analysis that it reports."),
    required("title", sa.Text(), "First line."),
    required("body", sa.Text(), "Remaining lines."),
    required("figures", JSONB(), "Reported figures, for the next comparison.", "'{}'"),
    required("status", text(20), f"Delivery state. One of: {', '.join(AlertStatus)}.", "'pending'"),
    nullable("reason", sa.Text(), "Reason why it was dropped."),
    required("due_at", WHEN, "Earliest time of delivery."),
    nullable("message_id", sa.Uuid(), "Message that carries it; kept over retries."),
    required("attempts", COUNT, "Number of delivery attempts.", "0"),
    nullable("last_error", sa.Text(), "Error of the last attempt, without secrets."),
    nullable("sent_at", WHEN, "Time of delivery, or of recording without delivery."),
    created(),
    one_of("kind", AlertKind),
    one_of_words("event", *EVENTS),
    one_of("status", AlertStatus),
    sa.Index("alert_outbox_pending", "due_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index(None, "rule", "target", "subject"),
    comment="Alerts and their delivery state.",
)
