"""Dagster's home inside ARB_HOME: its run records, without telemetry."""

from pathlib import Path

from arb_pipeline.stores.files import written_whole

CONFIG = """\
# Written by arb; a file of your own in its place is kept.
telemetry: {enabled: false}
nux: {enabled: false}
"""


def prepare(folder: Path) -> Path:
    """The folder, ready to be DAGSTER_HOME."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        with written_whole(config) as aside:
            aside.write_text(CONFIG, "utf-8")
    return folder
