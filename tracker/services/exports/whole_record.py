"""A patient's whole record as one page, for the copy that they or their clinician take."""

from collections.abc import Iterator

from tracker.domain.access import Actor
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience
from tracker.exchange.html import record as html_record
from tracker.exchange.html.record import RecordSection
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.exports.record_sections import PARTS, About
from tracker.services.exports.record_words import moment
from tracker.services.progress import pictures as progress_pictures
from tracker.services.progress.drawing import Picture

_INTRO = (
    "Keep this file safe: it is not locked, and whoever opens it can read it.",
    "What was not recorded is left out. It never means zero. Times are those of the clinic.",
    "Not in it are the notes that staff write for themselves, secrets such as passwords, what is "
    "typed and not saved yet, and what is about others. Ask the clinic to see the notes.",
)
_PICTURE = "How you are doing"


def write(patient_id: int, *, by: Actor) -> Iterator[str]:
    """Write the page in pieces, for a copy that was allowed and leaves its line."""
    clinic = clinics.view(by.clinic_id)
    row = db.session.get_one(Patient, patient_id)
    name = " ".join(filter(None, (row.given_name, row.family_name))) or row.record_number
    about = About(patient_id, clinic.zone, by)
    return html_record.write(
        name=name,
        clinic=clinic.name,
        made=moment(clock.now(), clinic.zone),
        intro=_INTRO,
        sections=_sections(about),
        titles=(_PICTURE, *(part.title for part in PARTS)),
    )


def _sections(about: About) -> Iterator[RecordSection]:
    yield _progress(about)
    for part in PARTS:
        yield RecordSection(title=part.title, intro=part.intro, items=part.items(about))


def _progress(about: About) -> RecordSection:
    """Show the picture that patients see, with the sentence that says the same."""
    rows = progress_pictures.load(about.patient_id, by=about.by, audience=Audience.PATIENT)
    trend = rows.trend()
    return RecordSection(
        title=_PICTURE,
        intro="The picture of your treatment, as you see it on your page.",
        items=(),
        picture="" if trend.empty else _svg(rows),
        picture_text=f"{progress_summary.sentence(trend)} The numbers stand below, under Sessions "
        "and under Scores and answers.",
    )


def _svg(rows: progress_pictures.ProgressRows) -> str:
    """Draw the picture and cut off what stands before it in a file of its own."""
    look = ("svg", "phone", "light")
    drawn = Picture(rows.tag("copy", *look), *look, rows.trend).content().decode()
    return drawn[drawn.index("<svg") :]
