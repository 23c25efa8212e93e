"""Effects of a session with their degrees: not asked, none of these, or those that there were.

Nothing in the mapping is not asked. That there was none is said by the key `none` alone, which has
no degree (decision 0035).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tracker.domain.codes import NONE_OF_THESE, Severity, Word
from tracker.domain.problems import Problem

Graded = Mapping[Any, Severity | None]


def present(effects: Graded) -> dict[Any, Severity]:
    """Keep the effects that there were, each with its degree."""
    return {word: how for word, how in effects.items() if how is not None}


def texts(effects: Graded) -> Iterator[str]:
    """Yield each effect with its degree, in the order of its words; or that there was none."""
    words: type[Word] | tuple[()] = type(next(iter(effects))) if effects else ()
    for word in words:
        if word in effects:
            how = effects[word]
            yield word.label if how is None else f"{word.label} ({how.label.lower()})"


def check(field: str, effects: Graded) -> Iterator[Problem]:
    """Yield what cannot be: none of these, and one of these."""
    if NONE_OF_THESE in effects and len(effects) > 1:
        yield Problem(field, "Choose either none of these or a degree, not both.")
    elif any((how is None) is not (word == NONE_OF_THESE) for word, how in effects.items()):
        yield Problem(field, "Give each effect its degree: mild, moderate or severe.")
