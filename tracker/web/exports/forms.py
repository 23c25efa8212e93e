"""What to export, for whom and from when to when."""

from typing import TYPE_CHECKING

from wtforms import BooleanField, RadioField, SubmitField

from tracker.web.forms import DateText, LineText, NounForm

if TYPE_CHECKING:
    from tracker.services.exports.stream import ExportChoice

KINDS = {
    "sessions": "Sessions: one row for each treatment session",
    "scores": "Scores: one row for each completed scale",
    "answers": "Answers: one row for each question of each form",
    "readings": "Readings: one row for each reading during a session",
    "adverse-events": "Adverse events: one row for each event during a session",
    "courses": "Courses: each scale of each course from its own baseline, whole whatever the days",
    "safety-checks": "Safety checks: one row for each result in long use",
    "health-lists": "Allergies and medicines: one row for each entry",
    "diary": "Words from patients: one row for each entry",
    "series": "Series: one row for each planned series of sessions",
    "patients": "Patients: one row for each patient",
}


class ExportForm(NounForm):
    """A choice of rows and of how they are written."""

    kind = RadioField("What", choices=list(KINDS.items()), default="sessions")
    record_number = LineText(
        "Record number", description="One patient only. Leave it empty for all patients."
    )
    first = DateText("From", description="First day. Leave it empty for all.")
    last = DateText("To", description="Last day, included. Leave it empty for all.")
    bom = BooleanField("For a spreadsheet such as Excel", default=True)
    exact = BooleanField(
        "Exact texts, for other programs",
        description="Without this, a text that a spreadsheet could run as a formula gets a ' in "
        "front. Numbers are never changed.",
    )
    voided = BooleanField(
        "With sessions that are struck out",
        description="Their state says so. Without this they are left out.",
    )
    submit = SubmitField("Download CSV")

    def choice(self) -> "ExportChoice":
        """Turn what was chosen into what the service wants."""
        from tracker.services.exports.stream import ExportChoice

        return ExportChoice(
            self.kind.data,
            (self.record_number.data or "").strip(),
            self.first.data,
            self.last.data,
            safe=not self.exact.data,
            bom=bool(self.bom.data),
            voided=bool(self.voided.data),
        )
