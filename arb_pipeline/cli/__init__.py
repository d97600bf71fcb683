"""The `arb` command: parses, calls, prints. Imports of a stage happen inside its command: --help is quick."""
