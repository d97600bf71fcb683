"""Tables of users, keys, sessions, audit and idempotency, declared beside the others in `tables`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from arb_pipeline.storage.postgres.columns import (
    COUNT,
    WHEN,
    created,
    nullable,
    one_of_words,
    own_id,
    required,
    text,
    updated,
)
from arb_pipeline.storage.postgres.tables import metadata

ROLES = ("viewer", "buyer", "operator", "admin")
HASH = sa.CHAR(64)


def user(name: str, comment: str, *, optional: bool = False, **options: Any) -> sa.Column[Any]:
    """A reference to a user."""
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey("users.id"), nullable=optional, comment=comment, **options
    )


users = sa.Table(
    "users",
    metadata,
    own_id(comment="Of the user."),
    required("name", text(100), "Sign-in name; erasing an account replaces it."),
    required("kind", text(20), "person, or program: has keys and never signs in.", "'person'"),
    required("role", text(20), "viewer, buyer, operator or admin."),
    nullable("password_hash", text(300), "argon2id; null: no sign-in by password."),
    nullable("oidc_issuer", text(300), "OpenID Connect provider that the user signs in by."),
    nullable("oidc_subject", text(300), "The user's id there."),
    required("is_active", sa.Boolean(), "False: neither sessions nor keys are accepted.", "true"),
    nullable("last_seen_at", WHEN, "Last sign-in."),
    nullable("erased_at", WHEN, "When the account was erased on request."),
    created(),
    updated(),
    one_of_words("kind", "person", "program"),
    one_of_words("role", *ROLES),
    sa.Index("users_name_key", sa.text("lower(name)"), unique=True),
    sa.UniqueConstraint("oidc_issuer", "oidc_subject", name="users_oidc_key"),
    comment="Who may use the API.",
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    own_id(comment="Of the key."),
    user("user_id", "Whose key it is.", index=True),
    required("name", text(100), "What it is for."),
    required("prefix", text(16), "First characters of the key, to recognise it."),
    sa.Column("key_hash", HASH, nullable=False, unique=True, comment="SHA-256 of the key, hexadecimal."),
    required("role", text(20), "At most the user's role counts."),
    required("scopes", ARRAY(sa.Text()), "Permissions it is limited to; empty: all of its role.", "'{}'"),
    nullable("rate_per_minute", COUNT, "Requests per minute; null: the server's limit."),
    nullable("expires_at", WHEN, "Not accepted from then on."),
    nullable("revoked_at", WHEN, "When it was revoked."),
    nullable("last_used_at", WHEN, "Last request, to the minute."),
    created(),
    one_of_words("role", *ROLES),
    comment="API keys of programs; the key itself is not stored.",
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", HASH, primary_key=True, comment="SHA-256 of the cookie's token, hexadecimal."),
    user("user_id", "Who is signed in.", index=True),
    required("csrf_token", text(64), "Has to come with each write of the session."),
    required("method", text(20), "password, link or oidc."),
    nullable("address", text(45), "Where the sign-in came from; removed after 90 days."),
    nullable("user_agent", text(200), "Browser of the sign-in; removed after 90 days."),
    required("expires_at", WHEN, "Not accepted from then on."),
    nullable("ended_at", WHEN, "Sign-out, password change or erasure."),
    created(),
    one_of_words("method", "password", "link", "oidc"),
    comment="Sessions of browsers; the token itself is not stored.",
)

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("token_hash", HASH, primary_key=True, comment="SHA-256 of the token, hexadecimal."),
    user("user_id", "Whom it signs in.", index=True),
    required("expires_at", WHEN, "Not accepted from then on."),
    nullable("used_at", WHEN, "A link works once."),
    created(),
    comment="One-time links.",
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    own_id(comment="Of the entry."),
    required("at", WHEN, "When.", "clock_timestamp()"),
    user("user_id", "Who; null: the command line, or a sign-in that failed.", optional=True, index=True),
    sa.Column("api_key_id", sa.Uuid(), sa.ForeignKey("api_keys.id"), comment="By which key, if by one."),
    required("action", text(60), "Operation of the API or the command line."),
    required("object_type", text(40), "Kind of the object."),
    nullable("object_id", text(100), "Its id."),
    sa.Column("before", JSONB(none_as_null=True), comment="What changed, as it was."),
    sa.Column("after", JSONB(none_as_null=True), comment="What changed, as it became."),
    nullable("request_id", text(64), "Of the request, as in logs and run tags."),
    nullable("address", text(45), "Where from; removed after 90 days."),
    sa.Index(None, "at", "id"),
    sa.Index(None, "object_type", "object_id"),
    comment="Every write by a user; append-only, held by a trigger.",
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), primary_key=True, comment="Whose request."),
    sa.Column("key", sa.String(200), primary_key=True, comment="The Idempotency-Key header."),
    required("fingerprint", HASH, "SHA-256 of method, path and body."),
    required("status", COUNT, "Status of the answer."),
    required("headers", JSONB(), "Location and ETag of the answer.", "'{}'"),
    nullable("body", sa.Text(), "Body of the answer, JSON."),
    created(),
    sa.Index(None, "created_at"),
    comment="Answers to writes, kept 24 hours for repeated requests.",
)
