"""Sessions, users, API keys, parameters, alert rules and the audit log."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from arb_pipeline.access.roles import Permission, Role
from arb_pipeline.api.models.base import FILLED, Body, Day, Flag, Line, Page, Utc, UtcIn, View, Whole

UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$")]
KeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), FILLED]
Password = Annotated[str, Field(min_length=12, max_length=200)]
Scope = Literal["read", "buy", "operate", "administer"]


class SignIn(Body):
    """Credentials of a user, or the token of a one-time link. Name and password, or token."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    password: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    token: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "SignIn":
        if (self.token is None) == (self.name is None or self.password is None):
            msg = "give name and password, or token"
            raise ValueError(msg)
        return self


class Session(View):
    """Session of the signed-in user."""

    is_signed_in: bool
    user_id: UUID | None
    name: str | None
    role: Role | None
    permissions: list[Permission]
    csrf_token: str | None = Field(description="Send it as X-CSRF-Token with each write of this session.")
    expires_at: Utc | None
    method: Literal["password", "link", "oidc", "key"] | None


class SignInMethods(View):
    """Ways of signing in that this server offers."""

    password: bool
    oidc: bool
    oidc_name: str | None = Field(description="Label of the OpenID Connect provider.")
    oidc_url: str | None = Field(description="Where the browser goes to sign in by it.")


class PasswordChange(Body):
    """A new password; all other sessions of the user end."""

    current: Annotated[str, Field(min_length=1, max_length=200)]
    new: Password


class User(View):
    """A user: a person, or a program with keys."""

    id: UUID
    name: str
    kind: Literal["person", "program"]
    role: Role
    is_active: bool
    has_password: bool
    is_oidc: bool
    created_at: Utc
    updated_at: Utc
    last_seen_at: Utc | None


class UserPage(Page[User]):
    """One page of users."""


class UserCreate(Body):
    """A new user. Without a password a person signs in by a one-time link or OpenID Connect."""

    name: UserName
    role: Role
    kind: Literal["person", "program"] = "person"
    password: Password | None = None


class UserUpdate(Body):
    """Changes of a user; absent fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    role: Role | None = None
    is_active: Flag | None = None
    password: Password | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_change(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value:
            msg = f"names nothing to change. Allowed: {', '.join(cls.model_fields)}"
            raise ValueError(msg)
        return value


class UserCreated(User):
    """A new user, with a one-time sign-in link where the user has no password."""

    sign_in_link: str | None = Field(description="Shown once.")


class AccountExport(View):
    """All data stored about a user."""

    user: dict[str, Any]
    sessions: list[dict[str, Any]]
    api_keys: list[dict[str, Any]]
    purchases: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    removed_entries: list[dict[str, Any]]
    price_lists: list[dict[str, Any]]
    audit: list[dict[str, Any]]


class ApiKey(View):
    """An API key, without its secret."""

    id: UUID
    user_id: UUID
    user_name: str
    name: str
    prefix: str = Field(description="First characters of the key.")
    role: Role
    scopes: list[Scope] = Field(description="Empty: all permissions of the role.")
    rate_per_minute: int | None
    created_at: Utc
    expires_at: Utc | None
    revoked_at: Utc | None
    last_used_at: Utc | None


class ApiKeyPage(Page[ApiKey]):
    """One page of API keys."""


class ApiKeyCreate(Body):
    """A new key. Without `user_id` it belongs to a program of its own name."""

    name: KeyName
    role: Role
    user_id: UUID | None = None
    scopes: Annotated[list[Scope], Field(max_length=4)] = Field(default_factory=list)
    expires_at: UtcIn | None = None
    rate_per_minute: Annotated[int, Field(strict=True, ge=1, le=100_000), Whole] | None = None


class ApiKeyCreated(ApiKey):
    """A new key with its secret."""

    key: str = Field(description="Shown once. Send it as `Authorization: Bearer KEY`.")


class ParameterValue(View):
    """A parameter's value on a day, with its origin."""

    group: str
    key: str
    value: Any
    unit: str
    source: str
    checked_on: date | None
    origin: Literal["shipped", "database", "file"] = Field(description="Which of the three won.")
    shipped_value: Any
    database_value: Any = Field(description="null where the database holds none.")
    valid_from: date | None = Field(description="Of the database's value.")


class Parameters(View):
    """All parameters on a day."""

    as_of: date
    items: list[ParameterValue]


class ParameterCreate(Body):
    """A new dated value of a parameter, with its source."""

    group: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]
    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]
    value: Any
    valid_from: Day
    source: Line


class AlertRule(View):
    """An alert rule, with its origin."""

    name: str
    origin: Literal["database", "file"]
    is_active: bool
    rule: dict[str, Any]
    updated_at: Utc | None


class AlertRules(View):
    """All rules."""

    targets: list[str] = Field(description="Names of the targets that rules can deliver to.")
    items: list[AlertRule]


class AlertRuleWrite(Body):
    """A rule as in the rule file, without its name."""

    is_active: Flag = True
    rule: dict[str, Any]


class AuditEntry(View):
    """One write: who, what, before, after."""

    id: UUID
    at: Utc
    user_id: UUID | None
    user_name: str | None
    api_key_id: UUID | None
    action: str
    object_type: str
    object_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    address: str | None = Field(description="Removed after 90 days.")


class AuditPage(Page[AuditEntry]):
    """One page of the audit log, newest first."""
