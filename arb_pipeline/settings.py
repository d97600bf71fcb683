"""The only reader of the environment. Frozen and validated; nothing connects here.

Every setting is an environment variable with the prefix `ARB_` (see `.env.example`).
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from arb_pipeline.contracts import cron
from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.contracts.validation import fault_text

CRONS = ("prices", "analysis", "products", "upkeep", "cleanup", "alerts", "freshness", "calibration")


FILE_SUFFIX = "_FILE"
"""`ARB_X_FILE` names a file whose content is the value of `ARB_X`: how containers pass secrets."""


MEND = "Correct it in the environment or in .env (.env.example lists all settings)."


class _FileSettingsSource(EnvSettingsSource):
    """Values of `..._FILE` variables: the files that they name, without the line break at the end."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        values: dict[str, str | None] = {}
        for variable, file in os.environ.items():
            name = variable.upper().removesuffix(FILE_SUFFIX)
            if not (variable.upper().startswith("ARB_") and variable.upper().endswith(FILE_SUFFIX) and file):
                continue
            if os.environ.get(name):
                msg = f"{name} and {variable} are both set. Set one of them."
                raise SettingsError(msg)
            try:
                text = Path(file).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                msg = f"{variable} names {file!r}, which cannot be read: {reason}. Name a readable text file."
                raise SettingsError(msg) from None
            values[name if self.case_sensitive else name.lower()] = text
        return values


class _EnvironmentSettings(BaseSettings):
    """Settings from the environment, from the files that it names, then from `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Adds `ARB_X_FILE` variables after `ARB_X` ones."""
        given = env_settings if isinstance(env_settings, EnvSettingsSource) else None
        files = _FileSettingsSource(settings_cls, env_prefix=given.env_prefix if given else None)
        return init_settings, env_settings, files, dotenv_settings, file_secret_settings


class Settings(_EnvironmentSettings):
    """What a run needs to know about its machine."""

    model_config = SettingsConfigDict(env_prefix="ARB_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path("~/.local/share/arb_pipeline"),
        description="Everything local: embedded database, landing, lake, Dagster's run records.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="A PostgreSQL server to use instead of the embedded one."
    )
    database_tls: Literal["", "disable", "require", "verify-ca", "verify-full"] = Field(
        default="",
        description="TLS to that server: verify-full by default where it is on another machine.",
    )
    data: Path | None = Field(
        default=None, description="Folder of source dumps that landing imports when no --data is given."
    )
    params: Path | None = Field(
        default=None, description="One YAML file of your own that overrides the shipped parameters."
    )

    lake: Path | str = Field(
        default="",
        description="Parquet frames between stages: a folder or a URL (s3://...). ARB_HOME/lake by default.",
    )
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="What computes the features of the price history."
    )

    automate: bool = Field(default=False, description="Do schedules run from the start? `arb up` sets it.")
    expire_from: Literal["analysis", "prices"] = Field(
        default="analysis",
        description="Opportunities hold 24 h from their analysis, or from when the day's prices were out.",
    )
    prices_cron: str = Field(default="0 */4 * * *", description="When prices are updated, in cron's words.")
    analysis_cron: str = Field(default="30 */6 * * *", description="When all products are analysed.")
    products_cron: str = Field(default="0 5 * * 1", description="When catalogue and contents are renewed.")
    upkeep_cron: str = Field(default="15 3 * * *", description="When months are made and old records purged.")
    cleanup_cron: str = Field(default="*/30 * * * *", description="When overdue opportunities expire.")
    alerts_cron: str = Field(default="*/10 * * * *", description="When alerts that are due are sent.")
    freshness_cron: str = Field(default="5 * * * *", description="When the ages of the sources are checked.")
    calibration_cron: str = Field(
        default="45 4 * * 0", description="When the law of movement is estimated anew."
    )
    timezone: str = Field(default="UTC", description="Of these times, e.g. Europe/Berlin.")
    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="Where `arb up` answers Prometheus; off by default."
    )
    ui_port: int = Field(default=3000, ge=1, le=65535, description="Of the Dagster UI, on 127.0.0.1.")
    dagster_url: SecretStr | None = Field(
        default=None,
        description="Database of Dagster's run records under `arb up`; `dagster` beside ours by default.",
    )
    mart: bool = Field(default=True, description="Build and publish the mart at the end of `arb run`?")
    bi_password: SecretStr | None = Field(
        default=None, description="Password of the role bi_ro; without one it cannot log in."
    )
    bi_timeout_seconds: int = Field(
        default=30, ge=1, description="Longest statement of the role bi_ro, which reads the mart."
    )
    alerts: Path | None = Field(
        default=None, description="Rule file of alerts (docs/alerts.md); without one no alert is sent."
    )
    log: Literal["", "plain", "json"] = Field(
        default="", description="Log lines on standard error too. ARB_HOME/logs/arb.jsonl always has them."
    )

    api_port: int = Field(default=8000, ge=1, le=65535, description="Port of `arb serve` on 127.0.0.1.")
    api_host: str = Field(
        default="127.0.0.1",
        description="Address of `arb serve`. Another than a loopback one belongs behind TLS: docs/api.md.",
    )
    api_url: str = Field(
        default="", description="Public base URL of the API behind a proxy, such as https://cards.example."
    )
    api_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses of proxies whose X-Forwarded-* headers count, one per line."
    )
    api_cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins whose pages may call the API, one per line. None by default."
    )
    api_rate_per_minute: int = Field(
        default=12_000, ge=1, description="Requests per minute of a session or API key."
    )
    api_statement_seconds: int = Field(default=10, ge=1, description="Longest query of the API, in seconds.")
    api_pool: int = Field(default=10, ge=1, le=100, description="Connections for reads of an API process.")
    dagster_api: str = Field(
        default="", description="Address of Dagster's web server; that of `arb up` by default."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis or Valkey that API processes share: redis://:password@host:6379/0.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="OpenID Connect provider that users sign in by."
    )
    oidc_client_id: str = Field(default="", description="Our client id there.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Our client secret there.")
    oidc_name: str = Field(default="OpenID Connect", description="Label of the provider on the sign-in page.")
    oidc_role: Literal["", "viewer", "buyer"] = Field(
        default="",
        description="Role of users whom the provider signs in and nobody created; none by default.",
    )

    contact: str = Field(
        default="", description="Your address or page; sources see it in the user agent and can write to you."
    )
    delay_seconds: float = Field(
        default=2.0, ge=2.0, description="Least time between two requests to a host, over all processes."
    )
    loopback_delay_seconds: float = Field(
        default=2.0, ge=0.0, description="The same towards a server of your own on this machine (127.0.0.1)."
    )
    timeout_seconds: float = Field(
        default=30.0, gt=0, description="For one answer of up to 32 MiB; dumps get more by their size."
    )
    retries: int = Field(default=4, ge=0, le=10, description="Of one request, after its first try.")
    user_agents: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="User agents to rotate, one per line. Off by default: we say who we are."
    )
    proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Proxies to rotate (http://host:port), one per line. The rate stays the same."
    )

    @field_validator("user_agents", "proxies", "api_proxies", "api_cors_origins", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        return (
            [line.strip() for line in value.splitlines() if line.strip()] if isinstance(value, str) else value
        )

    @field_validator("home", "data", "params", "alerts")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else None

    @field_validator("lake", mode="before")
    @classmethod
    def _folder_or_url(cls, value: object, info: ValidationInfo) -> object:
        if value in ("", None):
            return info.data.get("home", Path()) / "lake"
        is_url = isinstance(value, str) and "://" in value
        return value if is_url else Path(str(value)).expanduser().resolve()

    @field_validator(*(f"{name}_cron" for name in CRONS))
    @classmethod
    def _cron(cls, value: str) -> str:
        if fault := cron.fault(value):
            raise ValueError(fault)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, ZoneInfoNotFoundError):
            msg = "allowed: a time zone of the IANA list, such as UTC or Europe/Berlin"
            raise ValueError(msg) from None
        return value

    @field_validator(
        "database_url",
        "dagster_url",
        "data",
        "params",
        "alerts",
        "bi_password",
        "metrics_port",
        "redis_url",
        "oidc_issuer",
        "oidc_client_secret",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def retired(self) -> Path:
        """Under which months of the price history go that leave the database: a folder, also beside a URL."""
        return self.lake if isinstance(self.lake, Path) else self.home / "lake"

    @property
    def landing(self) -> Path:
        """Immutable packages, as fetched."""
        return self.home / "landing"

    @property
    def crawls(self) -> Path:
        """Crawls under way, cached tokens, and whose turn it is at each host."""
        return self.home / "crawls"

    @property
    def mart_folder(self) -> Path:
        """What builds of the mart leave: dbt's artifacts, reports of its checks, its documentation."""
        return self.home / "mart"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own run records."""
        return self.home / "dagster"

    @property
    def services(self) -> Path:
        """What `arb up` runs: its configuration and logs."""
        return self.home / "services"

    @property
    def reports(self) -> Path:
        """Reports of analyses, by day."""
        return self.home / "reports"

    @property
    def logs(self) -> Path:
        """Structured logs."""
        return self.home / "logs"


def _fault(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0])
    is_secret = name in Settings.model_fields and "Secret" in str(Settings.model_fields[name].annotation)
    return fault_text(fault, key=f"ARB_{name.upper()}", shows_value=not is_secret)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Raises `SettingsError`."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [_fault(fault) for fault in error.errors()]
        raise SettingsError(". ".join(faults), next_step=MEND) from None


def lead(environment: Mapping[str, str]) -> None:
    """Puts settings into this process's environment, for what reads it there: crawls, Dagster's instance."""
    os.environ.update(environment)


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment and more, for a process that it starts."""
    return {**os.environ, **more}


def spark_remote() -> str:
    """Spark's own SPARK_REMOTE: address of the Spark Connect server (Spark or Sail); '' if unset."""
    return os.environ.get("SPARK_REMOTE", "")


def names_given() -> set[str]:
    """The names `ARB_...` in the environment and in .env, whether or not there is such a setting."""
    names = (name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars))
    return {name.removesuffix(FILE_SUFFIX) for name in names if name.startswith("ARB_")}


class SettingsError(ConfigurationError, ValueError):
    """A setting that is not what is expected; the message names it, its value and what is allowed."""


class NotConfiguredError(ConfigurationError, LookupError):
    """A source lacks a key; the message names the setting."""


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """Where a source answers, and our keys there."""

    name: str
    url: str
    """Base URL, without a slash at its end."""
    is_stand_in: bool
    """Is the base URL another than the source's own?"""
    token_url: str
    keys: Mapping[str, SecretStr] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """Settings without which the source is not configured."""

    def key(self, name: str) -> str:
        """A key's value. Raises `NotConfiguredError`."""
        try:
            return self.keys[name].get_secret_value()
        except KeyError:
            msg = f"{self.name} has no {name}. Set {setting_of(self.name, name)}."
            raise NotConfiguredError(msg) from None


def setting_of(source: str, key: str) -> str:
    """The environment variable of a source's URL or key."""
    return f"ARB_SOURCE_{source}_{key}".upper()


class _SourceSettings(_EnvironmentSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)


class _NamedSettings(_SourceSettings):
    model_config = SettingsConfigDict(case_sensitive=True)


def source_access(name: str) -> SourceAccess:
    """How to reach a source, from `ARB_SOURCE_<NAME>_...`, read now. Raises `SettingsError` for a bad URL."""
    source = SOURCES[name]
    names = ("url", "token_url", *source.keys, *source.optional_keys)
    fields: dict[str, Any] = {key: (SecretStr, SecretStr("")) for key in names}
    model = create_model("SourceSettings", __base__=_SourceSettings, **fields)
    read = model(_env_prefix=setting_of(name, ""))
    given = {key: getattr(read, key).get_secret_value().strip() for key in names}
    url = _base_url(given["url"], setting_of(name, "url")) if given["url"] else source.url
    own_token = url if given["url"] else source.token_url or url
    token_url = (
        _base_url(given["token_url"], setting_of(name, "token_url")) if given["token_url"] else own_token
    )
    keys = {key: SecretStr(given[key]) for key in names[2:] if given[key]}
    missing = tuple(setting_of(name, key) for key in source.keys if key not in keys)
    return SourceAccess(name, url, bool(given["url"]), token_url, keys, missing)


def secrets_named(names: Iterable[str]) -> dict[str, SecretStr]:
    """The environment variables of these names (or lines of `.env`), read now; without those not set."""
    wanted = sorted(set(names))
    fields: dict[str, Any] = {
        f"value_{n}": (SecretStr, Field(SecretStr(""), validation_alias=name))
        for n, name in enumerate(wanted)
    }
    read = create_model("NamedSecrets", __base__=_NamedSettings, **fields)()
    found = {name: getattr(read, f"value_{n}") for n, name in enumerate(wanted)}
    return {name: value for name, value in found.items() if value.get_secret_value()}


def _base_url(text: str, setting: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        allowed = "a base URL, as https://host or http://127.0.0.1:8700"
        raise SettingsError(setting, value=text, allowed=allowed)
    return text.rstrip("/")
