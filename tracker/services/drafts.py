"""What was typed and not yet saved: kept for one user, about one patient, until it is saved."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.problems import NotFoundError
from tracker.instruments import library
from tracker.models.database import db
from tracker.models.drafts import PAGE, Draft
from tracker.models.eligibility import Eligibility
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.unit_of_work import (
    AlreadySavedError,
    OtherContentError,
    hold_form,
    housekeeping,
    refuse_second,
)

# What is good for one sending of one page. The version is kept: it says what the draft is about.
NEVER_KEPT = frozenset({"credential", "csrf_token", "once", "pressed_at", "second_secret"})
_FORM = re.compile(r"([a-z]+(?:-[a-z]+)*)-([0-9]{1,16})(?:-([a-z0-9-]{1,40}))?")
_BY_INSTRUMENT = "answers"

# The kinds of draft, kept as `<kind>-<id>`: what the id is of, and who may fill the form in.
# Answers are kept for each instrument, as `answers-<id>-<code>`. The page of a kind declares it.
KINDS: Mapping[str, tuple[type[Any], Permission]] = {
    "record": (TreatmentSession, Permission.SESSION_RECORD),
    "extra": (Series, Permission.SESSION_RECORD),
    "amend": (TreatmentSession, Permission.SESSION_AMEND),
    "gate": (TreatmentSession, Permission.SESSION_WATCH),
    "discharge": (TreatmentSession, Permission.SESSION_WATCH),
    "sign": (TreatmentSession, Permission.SESSION_RECORD),
    "follow-up": (TreatmentSession, Permission.SCORE_RECORD),
    "worksheet": (TreatmentSession, Permission.WORKSHEET_EDIT),
    "score": (Patient, Permission.SCORE_RECORD),
    _BY_INSTRUMENT: (Patient, Permission.SCORE_RECORD),
    "eligibility": (Patient, Permission.ELIGIBILITY_DECIDE),
    "eligibility-edit": (Eligibility, Permission.ELIGIBILITY_DECIDE),
    "feel": (Patient, Permission.DIARY_WRITE),
    "note": (Patient, Permission.DIARY_WRITE),
    "day-after": (TreatmentSession, Permission.DIARY_WRITE),
}


class StoredDraft(Struct, frozen=True):
    """The text of one form as it was typed, and when it was kept."""

    content: Mapping[str, list[str]]
    kept_at: datetime


def keep(
    form: str, content: Mapping[str, Sequence[str]], *, by: Actor, patient_id: int | None = None
) -> None:
    """Keep what is being typed into a form; raise NotFoundError for a form or record unknown.

    `patient_id` is checked against the record of the form where the form names one.
    """
    about = _patient_of(form, by)
    if by.user_id is None or patient_id not in {None, about}:
        raise NotFoundError
    _store(by.user_id, form, content, about)


def _is_saved(once: str) -> bool:
    """Say whether a form was saved already: its last draft may come in behind it."""
    try:
        refuse_second(once)
    except (AlreadySavedError, OtherContentError):
        return True
    return False


_PAGE_MAX = 100  # characters of a draft's name
_TEXT_MAX = 100_000  # characters of all that is typed into it
# What an address may name, and what that is of.
_NAMED: Mapping[str, type[Any]] = {
    "patient_id": Patient,
    "series_id": Series,
    "session_id": TreatmentSession,
    "eligibility_id": Eligibility,
}


def keep_page(
    page: str,
    content: Mapping[str, Sequence[str]],
    named: Mapping[str, object],
    *,
    by: Actor,
) -> bool:
    """Keep what is typed into a page that declares no kind; say whether it was kept.

    `named` is what its address names: the draft is about that patient, and NotFoundError tells
    that whoever types may not know of them. What may be done there, the page itself asks.
    """
    form = PAGE + page
    size = sum(len(one) for name in content.keys() - NEVER_KEPT for one in content[name])
    if by.user_id is None or len(form) > _PAGE_MAX or size > _TEXT_MAX:
        return False
    return _store(by.user_id, form, content, _patient_named(named, by))


def _patient_named(named: Mapping[str, object], by: Actor) -> int | None:
    for name, kind in _NAMED.items():
        if name in named:
            return subject(fetch(by, kind, int(str(named[name])))).patient_id
    return None


def parse(form: str) -> tuple[str, int, str]:
    """Take a draft's name apart: form, id, instrument ('' for most); or raise NotFoundError."""
    match = _FORM.fullmatch(form)
    if match is None or match[1] not in KINDS:
        raise NotFoundError
    kind, number, code = match[1], int(match[2]), match[3] or ""
    if (code in library()) if kind == _BY_INSTRUMENT else not code:
        return kind, number, code
    raise NotFoundError


def _patient_of(form: str, by: Actor) -> int | None:
    name, number, _ = parse(form)
    kind, permission = KINDS[name]
    about = subject(fetch(by, kind, number))
    authorize(by, permission, about)
    return about.patient_id


def _store(
    user_id: int, form: str, content: Mapping[str, Sequence[str]], patient_id: int | None
) -> bool:
    """Keep what was typed, and say so; False where the form was saved meanwhile."""
    kept = {name: list(texts) for name, texts in content.items() if name not in NEVER_KEPT}
    once = "".join(content.get("once", ()))
    try:
        return _store_once(user_id, form, once, kept, patient_id)
    except IntegrityError:  # two windows kept the first draft of a form in the same instant
        return _store_once(user_id, form, once, kept, patient_id)


def _store_once(
    user_id: int, form: str, once: str, kept: dict[str, list[str]], patient_id: int | None
) -> bool:
    with housekeeping():
        # Asked in here, where a save that goes on has ended: it drops the draft that it finds.
        hold_form(once)
        if _is_saved(once):
            return False
        draft = db.session.get(Draft, (user_id, form), populate_existing=True)
        if draft is None:
            draft = Draft(user_id=user_id, form=form, patient_id=patient_id)
            db.session.add(draft)
        draft.content, draft.kept_at = kept, clock.now()
    return True


def find(form: str, *, by: Actor) -> StoredDraft | None:
    """Find what the same user typed into a form before."""
    row = db.session.execute(
        select(Draft.content, Draft.kept_at).where(Draft.user_id == by.user_id, Draft.form == form)
    ).one_or_none()
    return StoredDraft(row.content, row.kept_at) if row else None


def find_page(page: str, *, by: Actor) -> StoredDraft | None:
    """Find what the same user typed into a page before."""
    return find(PAGE + page, by=by)


def discard_page(page: str, *, by: Actor) -> None:
    """Throw away what the user typed into a page."""
    discard(PAGE + page, by=by)


def discard(form: str, *, by: Actor) -> None:
    """Throw away what the user typed into a form."""
    with housekeeping():
        db.session.execute(delete(Draft).where(Draft.user_id == by.user_id, Draft.form == form))
