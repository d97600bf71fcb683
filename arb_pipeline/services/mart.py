"""The published mart: its documentation, and the manifest of its dbt project."""

from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.mart import dbt, publication
from arb_pipeline.settings import Settings


def document(settings: Settings, connection: sa.Connection) -> Path:
    """Writes the documentation of the published mart, one HTML page. Raises `NotEnoughDataError`."""
    if publication.built_at(connection) is None:
        thing = "no mart is published yet"
        raise NotEnoughDataError(thing, next_step="`arb mart publish` does it.")
    return dbt.document(connection.engine.url, publication.MART, settings.mart_folder / "docs")


def manifest() -> Path:
    """Parses the dbt project beforehand, so that the first load need not. Uses no database."""
    return dbt.manifest()
