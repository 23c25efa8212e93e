"""The findings a form has shown: a comment answers those, and nothing that came up later."""

import json
from collections.abc import Iterable

from wtforms import Field, Form

from tracker.domain import parsing
from tracker.domain.problems import Finding
from tracker.domain.sessions import comments


def read(text: str | None) -> list[str]:
    """Read the messages that the page had shown; whatever is not such a list is none."""
    try:
        shown = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return [item for item in shown if isinstance(item, str)] if isinstance(shown, list) else []


def write(findings: Iterable[Finding]) -> str:
    """Write the messages that the page is about to show."""
    return json.dumps([finding.message for finding in findings])


class FindingAnswers(Field):
    """What was typed to each finding that the page had shown, in their order."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the texts; browsers send CRLF whatever was there before."""
        self.data = [text.replace("\r\n", "\n") for text in valuelist]
        for text in self.data:
            parsing.refuse_unstorable(text)


def by_message(form: Form) -> dict[str, str]:
    """Say what was typed to each finding, by its message; nothing where no finding was shown."""
    return dict(zip(read(form["answered"].data), form["said"].data or (), strict=False))


def list_answered(form: Form) -> list[str]:
    """List the findings that were answered: where each had a place of its own, those with words."""
    if not (said := by_message(form)):
        return read(form["answered"].data)
    return [message for message, words in said.items() if not parsing.is_blank(words)]


def show(form: Form) -> None:
    """Say which findings the page is about to show, what was said to them staying in their place.

    Where none is shown, what was said stands in the comment.
    """
    said = [form.answer_to(finding) for finding in form.findings]
    form["comment"].data = comments.compose(form["comment"].data or "", by_message(form))
    if form.findings:
        gone = {finding.message: "" for finding in form.findings}
        form["comment"].data = comments.compose(form["comment"].data, gone)
    form["comment"].raw_data = None
    form["answered"].raw_data, form["answered"].data = None, write(form.findings)
    form["said"].data = said
