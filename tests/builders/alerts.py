"""PHQ-9 answers, totals, open check-ins and alerts for tests."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.builders.check_ins import ask
from tracker.domain.access import Actor
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.codes import AlertKind, Mode
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.database import new_id
from tracker.services import clock
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import unit_of_work


def a_check_in(by: Actor, patient_id: int, **values: Any) -> int:
    """Store a PHQ-9 check-in that is open, due in a day and over in three; return its id."""
    now = clock.now()
    usual = {"due_at": now + timedelta(days=1), "closes_at": now + timedelta(days=3)}
    return ask(by, patient_id, **usual | values)


def phq9(item9: int | None = 0, others: int | None = 1) -> dict[str, Decimal | None]:
    """Answer the PHQ-9; None leaves a question out."""
    codes = [item.code for item in library()["phq9"].scored_items]
    answers = {code: None if others is None else Decimal(others) for code in codes}
    return answers | {codes[-1]: None if item9 is None else Decimal(item9)}


def answered(by: Actor, patient_id: int, at: datetime | None = None, **given: int | None) -> int:
    """Record a PHQ-9 entered from paper, and return its id."""
    draft = AssessmentDraft(
        instrument="phq9",
        total=None,
        taken_at=at or clock.now() - timedelta(minutes=1),
        answers=phq9(**given),
        mode=Mode.STAFF,
    )
    return score_commands.record(patient_id, draft, by=by)


def totalled(by: Actor, patient_id: int, total: int, at: datetime, **values: Any) -> int:
    """Record a PHQ-9, or another scale, of which only the total is known, and return its id."""
    about = {"instrument": "phq9"} | values
    draft = AssessmentDraft(total=Decimal(total), taken_at=at, **about)
    return score_commands.record(patient_id, draft, by=by)


def an_alert(by: Actor, patient_id: int, **values: Any) -> int:
    """Store an alert about a score of its own, straight into the table, and return its id."""
    alert_id, score_id = new_id(), new_id()
    with unit_of_work(by) as unit:
        about = {"clinic_id": by.clinic_id, "patient_id": patient_id, "instrument": "phq9"}
        raised_at = values.get("raised_at", unit.now)
        db.session.add(
            Assessment(
                id=score_id, instrument_version="2", total=Decimal(9), taken_at=raised_at,
                occasion="weekly", recorded_at=raised_at, recorded_by=by.name, **about,
            )
        )  # fmt: skip
        db.session.flush()
        facts = {
            "scale": "PHQ-9", "number": "9", "answer": "Several days", "value": "1",
            "highest": "3", "source": "Kroenke 2001", "total": "9", "extreme": "highest",
            "moved": "rose", "before": "4", "size": "5", "means": "is usually a real change",
        }  # fmt: skip
        usual = {
            "kind": "suicide-item", "item": "phq9_9", "facts": facts, "raised_at": raised_at,
            "assessment_id": score_id,
        }  # fmt: skip
        given = usual | values
        rank = alert_rules.rank(AlertKind(given["kind"]))
        db.session.add(Alert(id=alert_id, rank=rank, **about, **given))
        unit.audit("test.alerted")
    return alert_id
