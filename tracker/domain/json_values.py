"""Values of JSON that nobody has looked at yet: each is read strictly, or refused in words.

Apart from `parsing`, which reads text alone, and from `strict_table`: what a browser sends is what
somebody typed, so a number may come as text and an empty text is nothing, and each value is refused
in the words of a form. In a TOML file whoever writes it says what is a number.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from tracker.domain import parsing
from tracker.domain.codes import Word

ID_MAX = 10**15  # ids, and every whole number that JavaScript keeps exactly
INSTANT_MAX = 40  # characters of an ISO 8601 instant

AnyWord = TypeVar("AnyWord", bound=Word)


def read_json_text(value: object, longest: int) -> str:
    """Read a text without the spaces around it."""
    if not isinstance(value, str):
        raise ValueError("Give this as text.")
    parsing.refuse_unstorable(value)
    if len(value) > longest:
        raise ValueError(parsing.too_long(longest))
    return value.strip()


def read_json_whole(value: object) -> int | None:
    """Read a whole number, also as it was typed; an empty text is none."""
    if isinstance(value, str):
        return parsing.read_whole(value.strip()) if value.strip() else None
    # True is a whole number to Python, and to nobody else.
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > ID_MAX:
        raise ValueError("Give a whole number, such as 40, without a unit.")
    return value


def read_json_decimal(value: object) -> Decimal | None:
    """Read a number, also as it was typed; an empty text is none."""
    if isinstance(value, str):
        return parsing.read_decimal(value.strip()) if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(parsing.NO_NUMBER)
    if abs(value) <= ID_MAX:  # no comparison holds for a NaN
        return Decimal(repr(value))
    raise ValueError(parsing.NO_NUMBER)


def read_json_yes_or_no(value: object) -> bool:
    """Read an answer; an open one is null and does not come here."""
    if not isinstance(value, bool):
        raise ValueError("Answer yes or no, or leave it open.")
    return value


def read_json_instant(value: object) -> datetime:
    """Read an ISO 8601 instant with its offset, and give it in UTC."""
    try:
        if not isinstance(value, str) or len(value) > INSTANT_MAX:
            raise ValueError
        at = datetime.fromisoformat(value.strip())
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Give a day and a time with its offset: 2026-03-02T14:30:00Z.") from None


def reader_of(words: type[AnyWord]) -> Callable[[object], AnyWord | None]:
    """Make what reads one of the words by its code; an empty text is none."""
    codes = {word.value: word for word in words}

    def read(value: object) -> AnyWord | None:
        if value == "":
            return None
        if not isinstance(value, str) or value not in codes:
            raise ValueError("Choose one of the list.")
        return codes[value]

    return read


def reader_of_some(words: type[AnyWord]) -> Callable[[object], tuple[AnyWord, ...]]:
    """Make what reads several of the words, each once and in the order of the list."""
    read_one = reader_of(words)

    def read(value: object) -> tuple[AnyWord, ...]:
        if not isinstance(value, list) or len(value) > len(words):
            raise ValueError("Choose from the list.")
        chosen = {read_one(one) for one in value}
        return tuple(word for word in words if word in chosen)

    return read
