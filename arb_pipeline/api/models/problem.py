"""Problem details (RFC 9457)."""

from pydantic import BaseModel, Field


class InputError(BaseModel):
    """One fault of the input."""

    pointer: str = Field(description="JSON pointer into the body, or `query`, `path`, `header` and a name.")
    detail: str


class Problem(BaseModel):
    """Reason of a refused request, and the next step."""

    type: str = Field(
        description="Page that explains this kind of problem.", examples=["/problems#not-found"]
    )
    title: str
    status: int
    detail: str = Field(description="The thing, its value, what is allowed, and the next step.")
    request_id: str
    errors: list[InputError] | None = Field(default=None, description="Faults of the input, if it is one.")
