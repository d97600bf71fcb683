"""dbt's own command line on a project that is parsed already, which spares half of a build's CPU.

    python -P -m arb_pipeline.mart.dbt_program PARSED DATABASE SCHEMA build ...

PARSED: what `dbt parse` left (`partial_parse.msgpack`), of the same files and version of dbt.
"""

import sys
from pathlib import Path
from typing import Any


def placed(parsed: bytes, database: str, schema: str) -> Any:
    """The manifest, with models and tests in a schema of a database, and sources in that database."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    for node in manifest.nodes.values():
        node.schema = schema
    relations: list[Any] = [*manifest.nodes.values(), *manifest.sources.values()]
    for relation in relations:
        relation.database = database
        if relation.relation_name:
            relation.relation_name = f'"{database}"."{relation.schema}"."{relation.identifier}"'
    return manifest


def main() -> None:
    """Runs dbt; its exit code is dbt's."""
    from dbt.cli.main import cli

    parsed, database, schema, *arguments = sys.argv[1:]
    cli(arguments, obj={"manifest": placed(Path(parsed).read_bytes(), database, schema)})


if __name__ == "__main__":
    main()
