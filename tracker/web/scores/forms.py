"""The forms of scores: a total on a scale, how somebody is after a session, why one is void."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.assessments import AssessmentDraft
from tracker.domain.words import Occasion
from tracker.instruments import library
from tracker.services.scores import Tie
from tracker.web.forms import (
    DecimalText,
    LongText,
    NounForm,
    WordSelect,
)
from tracker.web.showing import day
from tracker.web.wall_clocks import TakenForm


def code_of(tie: Tie) -> str:
    """Name what a score belongs to by the ids of its series and session."""
    return f"{tie.series_id}-{tie.session_id or ''}"


def label_of(tie: Tie) -> str:
    """Say what a score belongs to."""
    series = f"Series {tie.series_number}, {tie.indication.label.lower()}"
    return series if tie.at is None else f"{series}: session {tie.session_number}, {day(tie.at)}"


class ScoreForm(TakenForm):
    """A total on a named scale."""

    instrument = SelectField("Scale", validate_choice=False)
    total = DecimalText("Total")
    occasion = WordSelect("Occasion", words=Occasion, blank="Unscheduled")
    tie = SelectField("Belongs to", invalid_choice_message="Choose one of the list.")
    note = LongText("Note")

    def offer(self, ties: Iterable[Tie]) -> None:
        """Offer every scale that ships, and the series and sessions of the patient."""
        scales = sorted(library().values(), key=lambda scale: scale.title)
        self.instrument.choices = [
            SelectChoice("", "Choose"),
            *(SelectChoice(scale.code, scale.title) for scale in scales),
        ]
        self.tie.choices = [
            SelectChoice("", "No series"),
            *(SelectChoice(code_of(tie), label_of(tie)) for tie in ties),
        ]

    def tied_to(self, ties: Iterable[Tie]) -> Tie | None:
        """Say which of the ties was chosen."""
        return next((tie for tie in ties if code_of(tie) == self.tie.data), None)

    def draft(self, zone: ZoneInfo) -> AssessmentDraft:
        """Say what was typed as a draft."""
        return AssessmentDraft(
            instrument=self.instrument.data or "",
            total=self.total.data,
            taken_at=self.taken_at(zone),
            time_known=self.taken_time.data is not None,
            occasion=self.occasion.data or Occasion.UNSCHEDULED,
            note=self.note.data or "",
        )


class VoidForm(NounForm):
    """Why a score does not stand."""

    reason = LongText("Reason")
