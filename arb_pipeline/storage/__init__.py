"""Every side effect: landing, lake, PostgreSQL, the embedded server, parameter files."""
