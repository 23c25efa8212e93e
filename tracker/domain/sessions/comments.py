"""What was said to each finding of a session, kept in its one comment and readable by people.

A comment is made of paragraphs. One that answers a finding begins with the finding's own message;
any other was said to all of them.
"""

from collections.abc import Collection, Mapping

from tracker.domain.parsing import is_blank

_TO = " \N{EM DASH} "  # between a finding and what was said to it
_PARAGRAPH = "\n\n"


def _paragraphs(comment: str) -> list[str]:
    return [part.strip() for part in comment.split(_PARAGRAPH) if not is_blank(part)]


def answer_to(comment: str, message: str) -> str:
    """Find what a comment says to a finding; '' where it says nothing of its own."""
    for part in _paragraphs(comment):
        if part.startswith(message + _TO):
            return part.removeprefix(message + _TO)
    return ""


def has_answer(comment: str, text: str) -> bool:
    """Say whether a comment says just this to some finding."""
    return any(part.partition(_TO)[2] == text for part in _paragraphs(comment) if _TO in part)


def compose(comment: str, said: Mapping[str, str]) -> str:
    """Put what is said to findings, by their messages, into a comment in place of what was."""
    keyed = tuple(message + _TO for message in said)
    rest = [part for part in _paragraphs(comment) if not part.startswith(keyed)] if said else []
    texts = ((message, "\n".join(text.split(_PARAGRAPH)).strip()) for message, text in said.items())
    answers = [f"{message}{_TO}{text}" for message, text in texts if text]
    return _PARAGRAPH.join([*rest, *answers]) if said else comment


def without(comment: str, messages: Collection[str]) -> str:
    """Take out what was said to findings that are none any more."""
    gone = tuple(message + _TO for message in messages)
    if not gone or (not comment.startswith(gone) and _PARAGRAPH not in comment):
        return comment
    return _PARAGRAPH.join(part for part in _paragraphs(comment) if not part.startswith(gone))


def list_answered(comment: str, messages: Collection[str]) -> list[str] | None:
    """List which of some findings a comment speaks to; None where some of it is to all of them."""
    if not is_blank(without(comment, messages)):
        return None
    return [message for message in messages if answer_to(comment, message)]
