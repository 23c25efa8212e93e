"""Values as JSON keeps them: written plainly, read back by name."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Readers = Mapping[str, Callable[[Any], Any]]


def plain(value: Any) -> Any:
    """Write a value as JSON can hold it; what is missing inside a dataclass is left out."""
    match value:
        case str():
            return str(value)  # a coded word is its code
        case Decimal():
            return f"{value:f}"
        case date():  # and a datetime, which is one
            return value.isoformat()
        case Mapping():
            return {plain(key): plain(one) for key, one in value.items()}
        case tuple() | list() | frozenset():
            return [plain(one) for one in value]
    return _of_dataclass(value) if is_dataclass(value) else value


def _of_dataclass(value: Any) -> dict[str, Any]:
    inner = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: plain(one) for name, one in inner.items() if one is not None}


def unpacked(stored: Mapping[str, Any], readers: Readers) -> dict[str, Any]:
    """Read values back by name; what has no reader is plain as it is."""
    return {
        name: readers[name](value) if name in readers else value for name, value in stored.items()
    }


def or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make what reads a value that may be missing."""
    return lambda value: None if value is None else read(value)
