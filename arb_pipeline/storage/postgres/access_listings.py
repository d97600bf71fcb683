"""The lists of users, API keys, the audit log and price lists."""

from arb_pipeline.storage.postgres.listings import Listing, Sort

CREATED = "timestamptz"
USERS = Listing(
    name="users",
    tables="users u",
    key="u.id",
    key_kind="uuid",
    columns={
        "id": "u.id",
        "name": "u.name",
        "kind": "u.kind",
        "role": "u.role",
        "is_active": "u.is_active",
        "has_password": "u.password_hash IS NOT NULL",
        "is_oidc": "u.oidc_subject IS NOT NULL",
        "created_at": "u.created_at",
        "updated_at": "u.updated_at",
        "last_seen_at": "u.last_seen_at",
    },
    filters={
        "q": "starts_with(lower(u.name), lower(%(q)s))",
        "role": "u.role = %(role)s",
        "is_active": "u.is_active = %(is_active)s",
    },
    sorts={"created_at": Sort("u.created_at", CREATED)},
    scopes=("access", "audit"),
    texts=frozenset({"name"}),
)
API_KEYS = Listing(
    name="api-keys",
    tables="api_keys k JOIN users u ON u.id = k.user_id",
    key="k.id",
    key_kind="uuid",
    columns={
        "id": "k.id",
        "user_id": "k.user_id",
        "user_name": "u.name",
        "name": "k.name",
        "prefix": "k.prefix",
        "role": "k.role",
        "scopes": "k.scopes",
        "rate_per_minute": "k.rate_per_minute",
        "created_at": "k.created_at",
        "expires_at": "k.expires_at",
        "revoked_at": "k.revoked_at",
        "last_used_at": "k.last_used_at",
    },
    filters={
        "user_id": "k.user_id = %(user_id)s",
        "is_valid": "%(is_valid)s = (k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true))",
    },
    sorts={"created_at": Sort("k.created_at", CREATED)},
    scopes=("access", "audit"),
    texts=frozenset({"name", "user_name"}),
)
AUDIT = Listing(
    name="audit",
    tables="audit_log a LEFT JOIN users u ON u.id = a.user_id",
    key="a.id",
    key_kind="uuid",
    columns={
        "id": "a.id",
        "at": "a.at",
        "user_id": "a.user_id",
        "user_name": "u.name",
        "api_key_id": "a.api_key_id",
        "action": "a.action",
        "object_type": "a.object_type",
        "object_id": "a.object_id",
        "before": "a.before",
        "after": "a.after",
        "request_id": "a.request_id",
        "address": "a.address",
    },
    filters={
        "user_id": "a.user_id = %(user_id)s",
        "action": "a.action = %(action)s",
        "object_type": "a.object_type = %(object_type)s",
        "object_id": "a.object_id = %(object_id)s",
        "since": "a.at >= %(since)s",
        "until": "a.at < %(until)s",
    },
    sorts={"at": Sort("a.at", CREATED)},
    scopes=("access", "audit"),
    texts=frozenset({"user_name", "action", "object_id", "before", "after"}),
)
PRICE_LISTS = Listing(
    name="price-lists",
    tables="price_lists l",
    key="l.id",
    key_kind="uuid",
    columns={
        name: f"l.{name}"
        for name in (
            *("id", "name", "status", "rows", "rows_done", "valued", "unmatched", "worth_buying"),
            *("error", "created_at", "started_at", "finished_at"),
        )
    },
    filters={},
    sorts={"created_at": Sort("l.created_at", CREATED)},
    where="l.user_id = %(own_id)s",
    scopes=("buyers",),
    texts=frozenset({"name", "error"}),
)
ROW_FIELDS = (
    *("reason_code", "reason", "product_id", "matched_name", "matched_by", "pieces", "cost", "net_value"),
    *("profit", "margin_percentage", "p_profit", "break_even_50", "break_even_at_chance"),
    *("is_suspect", "is_worth_buying", "why"),
)
PRICE_LIST_ROWS = Listing(
    name="price-list-rows",
    tables="price_list_rows r",
    key="r.line",
    key_kind="integer",
    columns={
        "line": "r.line",
        "given": "r.given",
        "state": "r.state",
        **{name: f"r.result -> '{name}'" for name in ROW_FIELDS},
        "candidates": "coalesce(r.result -> 'candidates', '[]'::jsonb)",
        "flags": "coalesce(r.result -> 'flags', '[]'::jsonb)",
        "currency": "'USD'",
    },
    filters={"state": "r.state = %(state)s"},
    sorts={
        "line": Sort("r.line", "integer"),
        "rank": Sort("coalesce(r.rank, '-Infinity')", "double precision"),
        "profit": Sort("coalesce(r.profit, '-Infinity')", "numeric"),
        "margin": Sort("coalesce(r.margin_percentage, '-Infinity')", "numeric"),
        "p_profit": Sort("coalesce(r.p_profit, '-Infinity')", "double precision"),
    },
    where="r.price_list_id = %(price_list_id)s",
    scopes=("buyers",),
    texts=frozenset({"given", "reason", "matched_name", "why"}),
)
