"""What is stored as JSON, read and written by the types of its fields.

Here alone msgspec reads: what came from a browser or a file is read by hand, with words for people.
"""

from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")
# MessagePack: numbers as they are, not as text, which is a third of the work.
_PACK = msgspec.msgpack.Encoder().encode


def read_stored(content: object, kind: type[Value]) -> Value:
    """Make a value of stored content; names that the type does not know are passed over.

    Raise msgspec.ValidationError where the content does not fit: we stored it ourselves.
    """
    return msgspec.convert(content, kind)


def to_stored(value: object) -> Any:
    """Make of a value what JSON can hold: numbers that must be exact and instants become texts."""
    return msgspec.to_builtins(value)


def pack(value: object) -> bytes:
    """Write a value in as few bytes as there are; equal values of equal types are equal bytes."""
    return _PACK(value)


def unpack(content: bytes, kind: type[Value]) -> Value:
    """Read what `pack` wrote."""
    return msgspec.msgpack.decode(content, type=kind)
