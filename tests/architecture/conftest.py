"""Fixtures shared by the architecture tests."""

import dagster as dg
import pytest

from arb_pipeline.definitions import defs


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    """The code location; loading it takes seconds."""
    return defs()
