"""Texts as people type them: what no keyboard writes, no database need store."""

import re

_NEVER_TYPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def refuse_unstorable(text: str) -> None:
    """Raise ValueError, with words for people, where a text holds what cannot be stored."""
    if _NEVER_TYPED.search(text):
        raise ValueError("This text holds a character that cannot be stored. Type it anew.")
