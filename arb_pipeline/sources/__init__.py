"""Sources without I/O to the network: parsers, cleaners, formats of files."""
