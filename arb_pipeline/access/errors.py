"""Refusals of this room."""

from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError


class AccessError(InvalidInputError):
    """A user, key or session cannot be created or changed with these values."""


class AccessConflictError(ConflictError):
    """A user or key cannot be changed as the others stand."""


class UnknownAccountError(NotFoundError):
    """No user, key or session has this name or id."""
