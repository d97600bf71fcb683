"""The only reader of the environment. Frozen and validated; nothing connects here.

Every setting is an environment variable with the prefix `ARB_` (see `.env.example`).
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a run needs to know about its machine."""

    model_config = SettingsConfigDict(env_prefix="ARB_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path("~/.local/share/arb_pipeline"),
        description="Everything local: embedded database, landing, lake, Dagster's run records.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="A PostgreSQL server to use instead of the embedded one."
    )
    data: Path | None = Field(
        default=None, description="Folder of source dumps that landing imports when no --data is given."
    )
    params: Path | None = Field(
        default=None, description="One YAML file of your own that overrides the shipped parameters."
    )

    @field_validator("home", "data", "params")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else None

    @field_validator("database_url", "data", "params", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def landing(self) -> Path:
        """Immutable packages, as fetched."""
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        """Parquet frames between stages."""
        return self.home / "lake"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own run records."""
        return self.home / "dagster"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
