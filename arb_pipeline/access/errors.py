"""Errors of access control."""

from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError


class AccessError(InvalidInputError):
    """A user, key or session cannot be created or changed with these values."""


class AccessConflictError(ConflictError):
    """A change that conflicts with other users or keys."""


class UnknownAccountError(NotFoundError):
    """No user, key or session has this name or id."""
