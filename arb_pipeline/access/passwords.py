"""Passwords: argon2id, and a check that takes as long for a name that does not exist."""

from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST = 12
LONGEST = 200


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash("the hash that a name without an account is compared with")


def hash_password(password: str) -> str:
    """argon2id hash of a password. Takes tenths of a second: never call it on the event loop."""
    return _hasher().hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """True if the password matches. Without a hash the same work is done, and the result is False."""
    matches = _hasher().verify(password, password_hash or _nobodys())
    return matches and password_hash is not None


def fault_of(password: str) -> str | None:
    """Reason for which a new password is refused; None: it is accepted."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"has {len(password)} characters; allowed: {SHORTEST} to {LONGEST}"
    if len(set(password)) < SHORTEST // 2:
        return f"repeats too few characters; use at least {SHORTEST // 2} different ones"
    return None
