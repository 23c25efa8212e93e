"""One person's outcomes for a page and its pictures, from what is recorded now."""

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.outcomes.person import report as person_report
from tracker.domain.outcomes.person.report import PersonOutcomes
from tracker.domain.problems import NotFoundError
from tracker.domain.progress.trend import Audience
from tracker.services.outcomes import keeping
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.drawing import Picture
from tracker.services.progress.pictures import ProgressRows
from tracker.services.unit_of_work import audit

DURABILITY = "durability"
COMPARED = ("dose", "dissociation")
PICTURES = (DURABILITY, *COMPARED)


def show(patient_id: int, *, by: Actor) -> PersonOutcomes:
    """Work out what became of a patient for a page, and leave a line that it was seen."""
    found = report(patient_id, by=by)
    audit(by, "outcomes.person-viewed", f"patient:{patient_id}", patient_id=patient_id)
    return found


def report(patient_id: int, *, by: Actor) -> PersonOutcomes:
    """Work out what became of a patient; whoever shows it leaves the line."""
    return load(patient_id, by=by)[1]


def load(patient_id: int, *, by: Actor) -> tuple[ProgressRows, PersonOutcomes]:
    """Give the rows of a patient, too: by them a picture is known again."""
    authorize(by, Permission.PATIENT_VIEW, Subject(by.clinic_id))
    rows = progress_pictures.load(patient_id, by=by, audience=Audience.CLINICIAN)
    basis = keeping.of_clinic(by.clinic_id)
    return rows, person_report.report(rows.trend(), basis.definitions, basis.scales, rows.today)


def picture_of(
    patient_id: int, which: str, *, by: Actor, kind: str = "svg", shape: str = "desktop",
    theme: str = "light",
) -> Picture:  # fmt: skip
    """Find one of the pictures; NotFoundError where there is nothing to draw yet."""
    rows, found = load(patient_id, by=by)
    prepared = (
        found.durability
        if which == DURABILITY
        else next((one for one in found.comparisons if one.key == which and one.n), None)
    )
    if prepared is None:
        raise NotFoundError
    audit(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id, detail=kind)
    return Picture(rows.tag(which, kind, shape, theme), kind, shape, theme, lambda: prepared)
