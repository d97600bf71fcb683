"""The only reader of the environment. Frozen and validated; nothing connects here.

Every setting is an environment variable with the prefix `ARB_` (see `.env.example`).
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
)
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

FILE_SUFFIX = "_FILE"
"""`ARB_X_FILE` names a file whose content is the value of `ARB_X`: how containers pass secrets."""


MEND = "Correct it in the environment or in .env (.env.example lists all settings)."


def _cron(value: str) -> str:
    if fault := cron.fault(value):
        raise ValueError(fault)
    return value


Cron = Annotated[str, AfterValidator(_cron)]


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
            if text:  # an empty file is unset, as an empty variable is
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
    """Settings of this machine, from environment variables `ARB_...`."""

    model_config = SettingsConfigDict(
        env_prefix="ARB_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default=Path("~/.local/share/arb_pipeline"),
        description="Folder of all local data: embedded database, landing, lake, Dagster's run records.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="URL of a PostgreSQL server to use instead of the embedded one."
    )
    database_tls: Literal["", "disable", "require", "verify-ca", "verify-full"] = Field(
        default="",
        description="TLS to that server: verify-full by default where it is on another machine.",
    )
    data: Path | None = Field(
        default=None, description="Folder of source dumps that landing imports when no --data is given."
    )
    params: Path | None = Field(default=None, description="YAML file that overrides the shipped parameters.")

    lake: Path | str = Field(
        default="",
        description="Parquet frames between stages: a folder or a URL (s3://...). ARB_HOME/lake by default.",
    )
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="Engine that computes the features of the price history."
    )

    automate: bool = Field(
        default=False, description="Whether schedules are enabled at the start. `arb up` sets it."
    )
    expire_from: Literal["analysis", "prices"] = Field(
        default="analysis",
        description="Opportunities hold 24 h from their analysis, or from when the day's prices were out.",
    )
    prices_cron: Cron = Field(default="0 */4 * * *", description="Cron schedule of price updates.")
    analysis_cron: Cron = Field(
        default="30 */6 * * *", description="Cron schedule of the analysis of all products."
    )
    products_cron: Cron = Field(
        default="0 5 * * 1", description="Cron schedule of catalogue and contents updates."
    )
    upkeep_cron: Cron = Field(
        default="15 3 * * *",
        description="Cron schedule of partition maintenance and the purge of old records.",
    )
    cleanup_cron: Cron = Field(
        default="*/30 * * * *", description="Cron schedule of the expiry of overdue opportunities."
    )
    alerts_cron: Cron = Field(default="*/10 * * * *", description="Cron schedule of sending due alerts.")
    freshness_cron: Cron = Field(default="5 * * * *", description="Cron schedule of source freshness checks.")
    calibration_cron: Cron = Field(
        default="45 4 * * 0", description="Cron schedule of re-estimating the law of movement."
    )
    timezone: str = Field(default="UTC", description="Time zone of the schedules, e.g. Europe/Berlin.")
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port on which `arb up` serves metrics for Prometheus; off by default.",
    )
    ui_port: int = Field(default=3000, ge=1, le=65535, description="Port of the Dagster UI on 127.0.0.1.")
    dagster_url: SecretStr | None = Field(
        default=None,
        description="Database of Dagster's run records under `arb up`; `dagster` beside ours by default.",
    )
    mart: bool = Field(
        default=True, description="Whether `arb run` builds and publishes the mart at its end."
    )
    bi_password: SecretStr | None = Field(
        default=None, description="Password of the role bi_ro; without one it cannot log in."
    )
    bi_timeout_seconds: int = Field(
        default=30, ge=1, description="Statement timeout of the role bi_ro, which reads the mart."
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
    api_metrics_from: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(), description="Networks besides this machine that read /metrics without a key, by commas."
    )
    api_cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins whose pages may call the API, one per line. None by default."
    )
    api_rate_per_minute: int = Field(
        default=12_000, ge=1, description="Requests per minute of a session or API key."
    )
    api_statement_seconds: int = Field(default=10, ge=1, description="Query timeout of the API, in seconds.")
    api_pool: int = Field(default=10, ge=1, le=100, description="Connections for reads of an API process.")
    sentry_dsn: SecretStr | None = Field(
        default=None, description="DSN of an error tracker of the Sentry protocol; off without it."
    )
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
    oidc_client_id: str = Field(default="", description="Client id at the OpenID Connect provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Client secret at the OpenID Connect provider."
    )
    oidc_name: str = Field(default="OpenID Connect", description="Label of the provider on the sign-in page.")
    oidc_role: Literal["", "viewer", "buyer"] = Field(
        default="",
        description="Role of unknown users whom the provider signs in; by default they are refused.",
    )

    contact: str = Field(
        default="", description="Your address or page; sources see it in the user agent and can write to you."
    )
    delay_seconds: float = Field(
        default=2.0, ge=2.0, description="Minimum time between two requests to a host, over all processes."
    )
    loopback_delay_seconds: float = Field(
        default=2.0, ge=0.0, description="Minimum time between two requests to a server on 127.0.0.1."
    )
    timeout_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Timeout of an answer of up to 32 MiB; larger dumps get more in proportion to size.",
    )
    retries: int = Field(default=4, ge=0, le=10, description="Retries per request.")
    user_agents: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="User agents to rotate, one per line. Off by default: requests identify this program.",
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

    @field_validator("api_metrics_from", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
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

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, ZoneInfoNotFoundError):
            msg = "allowed: a time zone of the IANA list, such as UTC or Europe/Berlin"
            raise ValueError(msg) from None
        return value

    @property
    def retired(self) -> Path:
        """Folder of retired months of the price history; a local folder even if the lake is a URL."""
        return self.lake if isinstance(self.lake, Path) else self.home / "lake"

    @property
    def landing(self) -> Path:
        """Folder of immutable packages, as fetched."""
        return self.home / "landing"

    @property
    def crawls(self) -> Path:
        """Folder of running crawls, cached tokens and the request queues of hosts."""
        return self.home / "crawls"

    @property
    def mart_folder(self) -> Path:
        """Folder of mart builds: dbt's artifacts, reports of checks, documentation."""
        return self.home / "mart"

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's run records."""
        return self.home / "dagster"

    @property
    def services(self) -> Path:
        """Folder of configuration and logs of `arb up`."""
        return self.home / "services"

    @property
    def reports(self) -> Path:
        """Reports of analyses, by day."""
        return self.home / "reports"

    @property
    def newest_backtest(self) -> Path:
        """Figures of the backtest that ran last."""
        return self.reports / "backtest.json"

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
    """Copies settings into this process's environment, for crawls and Dagster's instance."""
    os.environ.update(environment)


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Environment of a child process: this process's, and more."""
    return {**os.environ, **more}


def metrics_folder() -> str:
    """prometheus_client's own PROMETHEUS_MULTIPROC_DIR, in which processes count together; '' if unset."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def spark_remote() -> str:
    """Spark's own SPARK_REMOTE: address of the Spark Connect server (Spark or Sail); '' if unset."""
    return os.environ.get("SPARK_REMOTE", "")


def names_given() -> set[str]:
    """The names `ARB_...` in the environment and in .env, whether or not there is such a setting."""
    names = (name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars))
    return {name.removesuffix(FILE_SUFFIX) for name in names if name.startswith("ARB_")}


class SettingsError(ConfigurationError, ValueError):
    """An invalid setting; the message states name, value and allowed values."""


class NotConfiguredError(ConfigurationError, LookupError):
    """A source lacks a key; the message names the setting."""


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """Base URL of a source and the configured keys."""

    name: str
    url: str
    """Base URL, without a slash at its end."""
    is_stand_in: bool
    """True if the base URL differs from the source's own."""
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
    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)


class _NamedSettings(_SourceSettings):
    model_config = SettingsConfigDict(case_sensitive=True)


def source_access(name: str) -> SourceAccess:
    """Access to a source, read from `ARB_SOURCE_<NAME>_...` now. Raises `SettingsError` for a bad URL."""
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
    values = {name: getattr(read, f"value_{n}") for n, name in enumerate(wanted)}
    return {name: value for name, value in values.items() if value.get_secret_value()}


def _base_url(text: str, setting: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        allowed = "a base URL, as https://host or http://127.0.0.1:8700"
        raise SettingsError(setting, value=text, allowed=allowed)
    return text.rstrip("/")
