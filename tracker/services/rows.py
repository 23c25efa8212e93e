"""One way from a row to a value: the columns of a query into the fields of a value, by name."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
Read = Callable[[Any], Any]
# What is taken as it is, and what is read on the way.
_Plan = tuple[tuple[str, ...], tuple[tuple[str, Read], ...]]


def from_row(kind: type[Value], row: Any, /, **more: Any) -> Value:
    """Make a value of a row: each field that `more` does not give is the column of its name.

    Coded words are read by the field's type, alone, in a tuple or as keys and values of a mapping.
    Raise AttributeError where the row has no such column, KeyError for a word nobody knows.
    """
    plan = _plans.get((kind, *more))
    if plan is None:
        plan = _plans[kind, *more] = _plan(kind, more)
    plain, coded = plan
    for name in plain:
        more[name] = getattr(row, name)
    for name, read in coded:
        more[name] = read(getattr(row, name))
    return kind(**more)


# Made once for each class: as quick as the same written by hand.
_plans: dict[tuple[Any, ...], _Plan] = {}


def _plan(kind: type[Any], given: Mapping[str, Any]) -> _Plan:
    hints = get_type_hints(kind)
    wanted = [name for name in kind.__struct_fields__ if name not in given]
    readers = {name: _reader(hints[name]) for name in wanted}
    plain = tuple(name for name, read in readers.items() if read is None)
    return plain, tuple((name, read) for name, read in readers.items() if read is not None)


def _reader(hint: Any) -> Read | None:
    """Find what reads a stored value of a type; None where it is stored as it is."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {one.value: one for one in hint}.__getitem__
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and NoneType in args:
        return _or_none(_reader(next(arg for arg in args if arg is not NoneType)))
    readers = [_reader(arg) for arg in args]
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _each(readers[0])
    return _pairs(*readers) if _is_mapping(origin) and any(readers) else None


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _or_none(read: Read | None) -> Read | None:
    return read and (lambda value: None if value is None else read(value))


def _each(read: Read | None) -> Read:
    return tuple if read is None else lambda values: tuple(map(read, values))


def _pairs(key: Read | None, value: Read | None) -> Read:
    key, value = key or _same, value or _same
    return lambda pairs: {key(one): value(other) for one, other in pairs.items()}


def _same(value: Any) -> Any:
    return value
