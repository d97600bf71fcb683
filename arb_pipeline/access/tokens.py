"""Random tokens: API keys, session cookies, one-time links. Only their SHA-256 is stored."""

import hashlib
import secrets

BYTES = 32
KEY_PREFIX = "arb_"
SHOWN = 12
"""Characters of a key that stay visible."""


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(BYTES)


def new_api_key() -> str:
    """An API key: recognisable by its beginning, for people and for scanners of leaked secrets."""
    return KEY_PREFIX + new_token()


def hashed(token: str) -> str:
    """SHA-256, hexadecimal: a token of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
