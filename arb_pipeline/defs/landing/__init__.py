"""Landing: packages of source files."""
