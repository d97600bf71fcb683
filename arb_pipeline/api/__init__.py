"""The REST API: routes parse, call one service or query, and serialise. No logic of its own."""
