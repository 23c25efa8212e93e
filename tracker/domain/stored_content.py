"""What is stored as JSON, read and written by the types of its fields.

One place for msgspec, which is loaded when the first content is read: a start needs none of it.
"""

from typing import Any, TypeVar

Value = TypeVar("Value")


def read_stored(content: object, kind: type[Value]) -> Value:
    """Make a value of stored content; names that the type does not know are passed over.

    Raise msgspec.ValidationError where the content does not fit: we stored it ourselves.
    """
    import msgspec

    return msgspec.convert(content, kind)


def to_stored(value: object) -> Any:
    """Make of a value what JSON can hold: numbers that must be exact and instants become texts."""
    import msgspec

    return msgspec.to_builtins(value)
