"""Every field of a session is typed, checked, shown, told, brought in and taken out.

Most of it is derived from the declaration in `tracker/domain/sessions/fields.py`. What is laid out
by hand is asked here: one field is changed at a time, and whatever should show it has to change.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import String
from werkzeug.datastructures import MultiDict

from tests.builders.courses import account, treat
from tests.exchange import records
from tests.people import ANNA, BEN
from tests.rules import checkout
from tests.rules.checkout import ROOT, TRACKER
from tracker.domain.codes import NONE_OF_THESE, Severity
from tracker.domain.demo import courses as demo_courses
from tracker.domain.live import signing
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS, VitalSigns
from tracker.domain.parsing import LINE_MAX
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import DRAFTED, FieldKind, Reader, SessionField
from tracker.exchange.mapping import aliases
from tracker.exchange.tables.sessions import SESSIONS
from tracker.models import db
from tracker.models.treatment_sessions import Reading as ReadingRow
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.exports import stream as export_stream
from tracker.services.imports import fast_path
from tracker.services.imports import store as import_store
from tracker.services.sessions import rows as session_rows
from tracker.web.sessions.forms import SessionForm

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TEXTS = [one for one in DRAFTED if one.longest is not None]


def _graded(one: SessionField, step: int) -> dict[Any, Severity]:
    first, *_, other = (word for word in one.words or () if word != NONE_OF_THESE)
    return {first: list(Severity)[step], other: Severity.MILD}


# Some value that a field may hold, another one for each step.
VALUES = {
    FieldKind.TIME: lambda one, step: (
        START + timedelta(hours=3 if one.name == "discharged_at" else 0, minutes=step)
    ),
    FieldKind.CODE: lambda one, step: list(one.words or ())[step],
    # A dose that is unusual, so that the comment is shown.
    FieldKind.NUMBER: lambda _one, step: Decimal(300 + 50 * step),
    FieldKind.WHOLE: lambda _one, step: 37 + step,
    FieldKind.SCALE: lambda _one, step: 4 + step,
    FieldKind.YES_NO: lambda _one, step: step == 0,
    FieldKind.GRADED: _graded,
    FieldKind.SIGNS: lambda _one, _step: VitalSigns(
        **{sign.name: sign.highest - 7 for sign in VITAL_SIGNS}
    ),
    FieldKind.LINE: lambda one, step: f"Of {one.name}: {step}.",
    FieldKind.TEXT: lambda one, step: f"Of {one.name}: {step}.",
}


def value(one: SessionField, step: int = 0) -> Any:
    """Give some value that a field may hold, another one for each step."""
    return VALUES[one.kind](one, step)


FULL = SessionDraft(**{one.name: value(one) for one in DRAFTED})


def changed() -> list[tuple[SessionField, SessionDraft]]:
    """The whole session with one value changed at a time, each vital sign by itself."""
    found = [
        (one, replace(FULL, **{one.name: value(one, 1)}))
        for one in DRAFTED
        if one.kind is not FieldKind.SIGNS
    ]
    for one in (one for one in DRAFTED if one.kind is FieldKind.SIGNS):
        signs = getattr(FULL, one.name)
        for name in SIGN_NAMES:
            lower = replace(signs, **{name: getattr(signs, name) - 1})
            found.append((one, replace(FULL, **{one.name: lower})))
    return found


class Sent(HTMLParser):
    """What a browser would send of the fields of a page, as they stand in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._select, self._text = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, typed = told.get("name") or "", told.get("value") or ""
        match tag:
            case "input" if told.get("type") not in {"radio", "checkbox"} or "checked" in told:
                self.pairs.append((name, typed))
            case "select":
                self._select = name
            case "option" if "selected" in told:
                self.pairs.append((self._select, typed))
            case "textarea":
                self._text = name
                self.pairs.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self._text:
            self.pairs[-1] = (self._text, data.removeprefix("\r\n").removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""


@pytest.fixture
def treated(cast):
    return treat(cast.anna, sessions=1, scores=0)


@pytest.fixture
def store(treated):
    """Put a draft into the one session there is."""

    def write(draft: SessionDraft) -> int:
        row = db.session.get_one(TreatmentSession, treated.session_ids[0])
        session_rows.write(row, draft)
        db.session.commit()
        return row.id

    return write


def shapes() -> Iterator[ast.ClassDef]:
    """Yield the classes that say of a session what was given, how and how much."""
    for path in checkout.modules(TRACKER):
        for node in ast.walk(checkout.tree(path)):
            if isinstance(node, ast.ClassDef):
                told = {
                    ast.unparse(line.target)
                    for line in node.body
                    if isinstance(line, ast.AnnAssign)
                }
                told |= {"dose_mg" for base in node.bases if ast.unparse(base) == "SessionDraft"}
                if {"drug", "route", "dose_mg"} <= told:
                    yield node


def test_a_session_has_few_shapes_and_each_says_why():
    found = {one.name: " ".join((ast.get_docstring(one) or "").split()) for one in shapes()}
    assert len(found) <= 7, f"Build on one that is there already: {sorted(found)}"
    mute = [name for name, told in found.items() if "shape of its own because" not in told]
    assert not mute, f"Say in the docstring why these are shapes of their own: {mute}"


def test_what_a_draft_holds_is_declared_and_nothing_else():
    assert [one.name for one in DRAFTED] == list(SessionDraft.__struct_fields__)
    assert list(SIGN_NAMES) == list(VitalSigns.__struct_fields__)


def test_the_form_shows_every_field_and_reads_it_back(app, browse, store):
    session_id = store(FULL)
    browser = browse(ANNA)
    browser.open(f"/sessions/{session_id}/amend")
    sent = MultiDict(Sent(browser.response.text).pairs)
    with app.test_request_context():
        typed = SessionForm(sent).draft(NEW_YORK)
    lost = [one.name for one in DRAFTED if getattr(typed, one.name) != getattr(FULL, one.name)]
    assert not lost, f"Typed on the page of a session, these would be lost: {lost}"


def test_the_page_of_a_session_shows_every_field(browse, store):
    browser = browse(ANNA)
    whole = browser.open(f"/sessions/{store(FULL)}/").text
    hidden = [
        one.name
        for one, told in changed()
        if browser.open(f"/sessions/{store(told)}/").text == whole
    ]
    assert not hidden, f"Show these in templates/sessions/show.html: {hidden}"


def test_patients_see_what_is_theirs_and_nothing_else(browse, cast, treated, store):
    account(cast.console, treated)
    browser = browse(BEN)
    whole = browser.open(f"/my/sessions/{store(FULL)}/").text
    shown = {
        one.name
        for one, told in changed()
        if browser.open(f"/my/sessions/{store(told)}/").text != whole
    }
    # The dose by weight is theirs to read, and changes with the weight.
    assert shown == {one.name for one in DRAFTED if one.is_on_patients_page} | {"weight_kg"}


@pytest.mark.parametrize("one", DRAFTED, ids=lambda one: one.name)
def test_what_patients_do_not_see_has_its_reason(one):
    assert one.is_on_patients_page is not bool(one.not_on_page)
    left_out = one.name in export_stream.NOT_FOR_PATIENTS["sessions"]
    assert left_out is (one.reader is Reader.STAFF)


def test_the_history_names_every_field():
    untold = [one.name for one, told in changed() if not session_diff.changes(FULL, told, NEW_YORK)]
    assert not untold


def test_a_signed_session_has_every_field_from_its_log_or_from_whoever_signs():
    tree = ast.parse(inspect.getsource(signing.summarise))
    [made] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SessionDraft"
    ]
    told = {keyword.arg for keyword in made.keywords} | set(SummaryAnswers.__struct_fields__)
    missing = [one.name for one in DRAFTED if one.name not in told]
    assert not missing, f"Add these to Telling in tracker/domain/live/signing.py: {missing}"


def beyond(one: SessionField) -> list[Any]:
    """Values that a field may not hold."""
    if one.longest is not None:
        return ["x" * (one.longest + 1)]
    low = one.above if one.above is not None else one.lowest
    found = [] if low is None else [low - (one.above is None)]
    found += [] if one.highest is None else [one.highest + 1]
    return [Decimal(number) if one.kind is FieldKind.NUMBER else int(number) for number in found]


@pytest.mark.parametrize("one", DRAFTED, ids=lambda one: one.name)
def test_forms_and_imports_check_the_limits_of_every_field(one):
    # A number without a limit would take any slip of the hand.
    limited = one.kind in {
        FieldKind.NUMBER,
        FieldKind.WHOLE,
        FieldKind.SCALE,
        FieldKind.LINE,
        FieldKind.TEXT,
    }
    assert bool(beyond(one)) is limited
    for wrong in beyond(one):
        record = records.a_session(**{one.name: wrong})
        found = session_draft.check(session_rows.draft_of(record), now=START + timedelta(days=99))
        assert one.name in {problem.field for problem in found}
        values = dict(zip((c.field for c in SESSIONS.columns), next(SESSIONS.rows([record])),
                          strict=True))  # fmt: skip
        now = START + timedelta(days=99)
        assert fast_path.FastCheck(now=now, zone=NEW_YORK).passes([values]) == [False]


@pytest.mark.parametrize("one", DRAFTED, ids=lambda one: one.name)
def test_every_field_is_stored_exported_and_imported(one):
    if one.kind is FieldKind.SIGNS:
        columns = {f"{one.name}_{name}" for name in SIGN_NAMES}
        assert set(SIGN_NAMES) <= set(import_store.READING) & set(ReadingRow.__table__.c.keys())
    else:
        columns = {one.name}
        assert one.name in import_store.SESSION
        kept = TreatmentSession.__table__.c[one.name].type
        if isinstance(kept, String) and kept.length and one.longest:
            assert kept.length >= LINE_MAX
    assert columns <= {column.field for column in SESSIONS.columns}
    assert columns <= set(export_stream.SOURCES["sessions"].fields)
    assert all(column.doc for column in SESSIONS.columns if column.field in columns)


# What no file of another clinic had a column of.
NEVER_SEEN = {
    "dissociation_onset_minute", "dissociation_end_minute", "dissociation_resolved", "effects",
    "effects_other", "side_effects", "side_effects_other", "patient_notes", "comment",
    "weight_unit",
}  # fmt: skip
# What an invented session has no need of.
NOT_INVENTED = {"dose_notes", "effects_other", "side_effects_other", "comment"}


def test_every_field_has_the_names_that_other_clinics_give_it():
    # Vital signs have names one by one, each with its moment before it.
    named = {name.partition("_")[0] if name.endswith("_mmhg") else name for name in aliases.SESSION}
    assert {one.name for one in DRAFTED} - named == NEVER_SEEN


def test_the_demo_shows_every_field():
    now = START + timedelta(days=99)
    played = demo_courses.invent(16, seed=1809, now=now, zone=NEW_YORK)
    held = [
        sitting.record
        for course in played
        for series in course.series
        for sitting in series.sessions
        if sitting.record
    ]
    told = {one.name for one in DRAFTED if any(getattr(each, one.name) for each in held)}
    assert {one.name for one in DRAFTED} - told == NOT_INVENTED


def test_the_list_of_steps_names_the_places_where_a_field_stands():
    whole = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [steps] = re.findall(r"## Add a field to a session\n(.*?)\n## ", whole, flags=re.S)
    [example] = re.findall(r"as `(\w+)` does", steps)
    listed = set(re.findall(r"`((?:tracker|templates)/[^`]+)`", steps))
    by_hand = {path for path in listed if path.startswith("templates/")}
    found = {
        f"{checkout.name(path.parent)}/" if path.parent.name == "versions" else checkout.name(path)
        for path in checkout.modules(TRACKER)
        if re.search(rf"\b{example}\b", checkout.text(path))
    }
    assert listed - by_hand == found
    assert all("mood_before" in checkout.text(ROOT / path) for path in by_hand)
