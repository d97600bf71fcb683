"""The database for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from arb_pipeline.services import database
from arb_pipeline.settings import settings

if TYPE_CHECKING:
    import sqlalchemy as sa


@contextmanager
def migrated() -> Iterator["sa.Engine"]:
    """The database at this program's version."""
    with database.migrated(settings()) as engine:
        yield engine


@contextmanager
def reading() -> Iterator["sa.Connection"]:
    """A connection to it."""
    with database.reading(settings()) as connection:
        yield connection


def install_entered_parameters() -> None:
    """Installs the parameter values that administrators entered, for commands that read the lake alone."""
    with reading():
        pass
