"""A simulated market that speaks the sources' own formats. Nothing here reads a real price."""
