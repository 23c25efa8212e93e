"""The page a session is signed on: what its log says, and the few things that it cannot."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField
from wtforms.fields import Field

from tracker.domain.codes import SessionState
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.measures import VITAL_SIGNS, VitalSigns
from tracker.domain.problems import Finding, StaleError
from tracker.domain.sessions import comments
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.fields import BY_NAME
from tracker.services import drafts
from tracker.services.drafts import StoredDraft
from tracker.services.sessions import signing
from tracker.services.sessions.signing import SigningPage
from tracker.web.drafts.autosave import form_of_request
from tracker.web.forms import OpenedForm
from tracker.web.guard import actor
from tracker.web.sessions import answers
from tracker.web.sessions.forms import graded_inputs, none_name, read_grades, text_input

WRITTEN_SINCE = "More was written into the log since you opened this page. Look again, then sign."


class SignForm(OpenedForm):
    """What the log cannot tell. `version` is the last entry of the log that was shown."""

    places: ClassVar[Mapping[str, str]] = {"effects": none_name(BY_NAME["effects"])}
    answered = HiddenField()
    said = answers.FindingAnswers()
    said_before: Mapping[str, str] = {}  # at the checks, by the message of a finding

    def answers(self) -> SummaryAnswers:
        """Say what was typed."""
        told: dict[str, Any] = {name: self[name].data or "" for name in _TEXTS}
        told["effects"] = read_grades(self, _EFFECTS)
        told["comment"] = comments.compose(told["comment"], answers.by_message(self))
        return SummaryAnswers(**told)

    def answer_to(self, finding: Finding) -> str:
        """Say what was typed to a finding; while nobody could, what the checks said to it."""
        typed = answers.by_message(self)
        if finding.message in typed:
            return typed[finding.message]
        said = comments.answer_to(self["comment"].data or "", finding.message)
        return said or self.said_before.get(finding.message, "")

    def effects(self) -> list[Field]:
        """List the fields of the effects."""
        return [self[name] for name, _ in graded_inputs(_EFFECTS)]

    def notes(self) -> list[Field]:
        """List the texts that stand by themselves."""
        return [self[name] for name in _TEXTS if name not in {"effects_other", "comment"}]


_EFFECTS = BY_NAME["effects"]
_TEXTS = tuple(name for name in SummaryAnswers.__struct_fields__ if name != "effects")
for _name in _TEXTS:
    setattr(SignForm, _name, text_input(BY_NAME[_name]))
for _name, _marks in graded_inputs(_EFFECTS):
    setattr(SignForm, _name, _marks)


def page(session_id: int) -> ResponseReturnValue:
    """Show what would be signed, and sign it."""
    page = signing.prepare_page(session_id, by=actor())
    if request.method == "GET" and page.state is not SessionState.UNDER_WAY:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    key = form_of_request()
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if request.method == "POST":
        return _sign(session_id, page, key)
    form = SignForm(MultiDict(stored.content)) if stored else SignForm()
    _open(form, page)
    return _page(form, page, key, stored), 200


def _sign(session_id: int, page: SigningPage, key: str) -> ResponseReturnValue:
    form = SignForm()
    telling = form.answers()
    action = partial(
        signing.sign, session_id, telling, sequence=form.version.data, by=actor(),
        once=form.once.data, form=key, answered=answers.list_answered(form),
    )  # fmt: skip
    try:
        if not form.validate():
            form.show(signing.check(session_id, telling, by=actor()))
        elif form.send(action) is not None:
            flash("The session is signed. From now on its record is amended.", "success")
            return redirect(url_for("sessions.show", session_id=session_id), 303)
    except StaleError:
        page = signing.prepare_page(session_id, by=actor())
        form.reopen(page.sequence, WRITTEN_SINCE)
    _open(form, page)
    return _page(form, page, key), form.status


def _open(form: SignForm, page: SigningPage) -> None:
    """Say which log and which findings the page shows; what stands there was not typed."""
    form.version.data = page.sequence
    form.findings, form.said_before = page.findings, page.said
    answers.show(form)


def _page(form: SignForm, page: SigningPage, key: str, stored: StoredDraft | None = None) -> str:
    if form.status != 503:  # then no line can be written, and what was typed matters more
        signing.audit_view(page, by=actor())
    plain = replace(page.summary, before=VitalSigns(), after=VitalSigns())
    facts = session_diff.facts(plain, g.clinic.zone)
    return render_template(
        "sessions/sign.html",
        form=form,
        sheet=page,
        key=key,
        kept=stored,
        facts=[(label, words) for label, words in facts.items() if words],
        vitals=VITAL_SIGNS,
    )
