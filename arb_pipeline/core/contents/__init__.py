"""Contents: the sealed graph, booster odds, mixtures, and expected copies per card."""
