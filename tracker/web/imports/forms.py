"""A file to be imported, and what its columns mean."""

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.patients.same_person import SamePersonAnswer
from tracker.domain.scores.same_day import SameDayAnswer
from tracker.services.unit_of_work import one_time_key
from tracker.web.forms import LongText, NounForm, WordRadio


class UploadForm(NounForm):
    """One file; its name is not read."""

    file = FileField(
        "CSV file, or one form in FHIR",
        validators=[FileRequired("Choose a file first.")],
        render_kw={"accept": ".csv,.tsv,.txt,.json,text/csv,application/json"},
    )


class StagedForm(NounForm):
    """The mapping of the file that waits; its one-time key is the key of that very file."""

    @property
    def key(self) -> str:
        """The key of the file, whatever was chosen with it."""
        return one_time_key(self.once.data or "")

    raise_alerts = BooleanField(
        "Raise the alerts that the scores of the last 30 days call for",
        default=True,
        description="Suicide items, totals that are a danger, deterioration, loss of response. "
        "Older scores raise none; what is a danger is listed below by its row.",
    )
    same_day = WordRadio(
        "Scores whose day has one of their scale already",
        words=SameDayAnswer,
        description="Each is listed below by its row. Where one corrects a score that is there, "
        "void that one first, then look at the file again.",
    )
    same_person = WordRadio(
        "People who may be here already",
        words=SamePersonAnswer,
        description="Each is listed below by its row. One answer holds for all of them: where they "
        "differ, write the right record numbers into the file first.",
    )
    doses = WordRadio(
        "Doses that look like a slip of unit or of the decimal point",
        words=DoseAnswer,
        description="Each is listed below by its row. One answer holds for all of them: where they "
        "differ, correct the file first, or write into its comment why the dose was given.",
    )
    mapping = LongText(
        "What the columns mean",
        description="Change what stands right of the = signs. Lines that begin with # are notes "
        "for you. Empty the field and check again to get the first proposal back.",
        render_kw={"rows": 24, "spellcheck": "false", "autocapitalize": "off"},
    )


class UndoForm(NounForm):
    """Why a whole import is taken back."""

    reason = LongText("Reason", render_kw={"rows": 3})
