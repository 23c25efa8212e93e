"""Whatever is not yours is not there: each table that `scoping` knows, asked by everybody."""

from contextlib import contextmanager

import pytest
from sqlalchemy import insert, select, text

from tests.services.audit.test_clinical_rows import PARTICULAR, one_and_another
from tracker.domain.access import Actor, Role
from tracker.domain.problems import NotFoundError
from tracker.models import db, scoping
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.patients import Patient

KINDS = scoping.Row.__constraints__
# Tables of a clinic that nobody is shown through `scoping`, and what keeps them apart instead.
OTHERWISE = {
    "account_change": "people of the clinic, by `accounts.fetch_user`",
    "audit_event": "by the clinic of who reads, in `audit.queries`",
    "course_outcome": "made of sessions and scores; listed by the clinic, in `outcomes.queries`",
    "outcome_basis": "by the clinic: it holds nothing of anybody",
    "outcome_sum": "sums over a clinic's courses, by the clinic",
    "check_in_link": "opened by its secret",
    "file_import": "by the clinic of who reads, in `imports.undo.queries`",
    "letter": "sent by a timer, and shown on no page",
    "patient_merge": "found by its patients, who are visible or not",
    "patient_word": "searched within a clinic, by its key",
    "set_aside_rows": "by its import, and the import by the clinic",
    "staged_file": "one's own upload, by its user and clinic",
    "stock_entry": "by its lot, and the lot by the clinic",
    "stock_lot": "by the clinic, in `stock.rows`",
    "user": "people of the clinic, by `accounts.fetch_user`",
}
HERE, THERE = 71, 72
ONE, OTHER, FAR = 81, 82, 83
MANY = frozenset({ONE, OTHER})


def person(*roles, patient_id=None, check_in_id=None):
    """Give somebody of the clinic here."""
    return Actor(1, HERE, "Somebody", frozenset(roles), patient_id, check_in_id=check_in_id)


# Who asks -> whose rows they may know of. FAR is a patient of the other clinic.
ASKED = {
    "a clinician": (person(Role.CLINICIAN), MANY),
    "the console": (person(Role.CONSOLE), MANY),
    "an administrator": (person(Role.ADMINISTRATOR), frozenset()),
    "a patient": (person(Role.PATIENT, patient_id=ONE), {ONE}),
    "a patient whose number is of a record elsewhere": (
        person(Role.PATIENT, patient_id=FAR), frozenset(),
    ),
    "nobody in particular": (person(), frozenset()),
}  # fmt: skip


@contextmanager
def anything_goes():
    """Store rows whatever they refer to."""
    sqlite = db.engine.dialect.name == "sqlite"
    role = "SET session_replication_role = {}"
    db.session.execute(text("PRAGMA foreign_keys=OFF" if sqlite else role.format("replica")))
    yield
    db.session.commit()
    if not sqlite:
        db.session.execute(text(role.format("DEFAULT")))
        db.session.commit()


def fill():
    """Store of each table a row of two patients here and one elsewhere, by the patient's id."""
    with anything_goes():
        for kind in KINDS:
            for patient_id in (ONE, OTHER, FAR):
                said = {one.name: one_and_another(one)[0] for one in kind.__table__.columns}
                said |= PARTICULAR.get(kind.__tablename__, {})
                for name in ("user_id", "planned_dose_mg_per_kg"):
                    said |= {name: None} if name in said else {}
                for name in ("patient_id", "check_in_id", "series_id", "session_id", "reply_id",
                             "assessment_id"):  # fmt: skip
                    said |= {name: patient_id} if name in said else {}
                said |= {"id": patient_id, "clinic_id": THERE if patient_id == FAR else HERE}
                for name in ("record_number", "line", "key"):
                    said |= {name: str(patient_id)} if name in said else {}
                db.session.execute(insert(kind).values(said))


def faults(kinds=KINDS):
    """List who sees of which table what they should not, or not what they should."""
    for who, (by, wanted) in ASKED.items():
        for kind in kinds:
            yield from _faults_of(who, by, kind, wanted)
    linked = person(Role.PATIENT, patient_id=ONE, check_in_id=ONE)
    astray = person(Role.PATIENT, patient_id=ONE, check_in_id=OTHER)
    for kind in kinds:
        own = {ONE} if kind in {CheckIn, Reply} else frozenset()
        yield from _faults_of("the holder of a link", linked, kind, own)
        yield from _faults_of("the holder of a link of somebody else", astray, kind, frozenset())


def _faults_of(who, by, kind, wanted):
    seen = set(db.session.scalars(select(kind.id).where(scoping.visible(by, kind))))
    seen &= {ONE, OTHER, FAR}
    if seen != set(wanted):
        yield f"{who} sees {sorted(seen)} of {kind.__tablename__}, not {sorted(wanted)}"
    for row_id in (ONE, OTHER, FAR):
        try:
            fetched = scoping.fetch(by, kind, row_id).id == row_id
        except NotFoundError:
            fetched = False
        if fetched != (row_id in wanted):
            yield f"{who} fetches {row_id} of {kind.__tablename__}: {fetched}"


def test_every_table_of_a_clinic_is_scoped_or_it_is_written_down_what_else_keeps_it():
    of_clinics = {name for name, one in db.metadata.tables.items() if "clinic_id" in one.c}
    scoped = {kind.__tablename__ for kind in KINDS}
    assert scoped | OTHERWISE.keys() == of_clinics
    assert not scoped & OTHERWISE.keys()


@pytest.mark.both_databases
def test_everybody_sees_their_own_rows_alone(app):
    fill()
    assert list(faults()) == []


def test_whose_a_row_is_is_told_to_the_policy(app):
    fill()
    for kind in KINDS:
        row = db.session.get_one(kind, FAR)
        told = scoping.subject(row)
        check_in = FAR if kind in {CheckIn, Reply} else None
        assert (told.clinic_id, told.patient_id, told.check_in_id) == (THERE, FAR, check_in), kind
    assert Patient in KINDS
