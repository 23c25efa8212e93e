"""The columns of scores: completed scales."""

from tracker.domain.codes import Completeness, Mode, Occasion
from tracker.domain.scores.record import ScoreRecord
from tracker.exchange.cells.kinds import (
    ANSWERS,
    IDENTIFIER,
    INSTANT_OR_DAY,
    NUMBER,
    TEXT,
    WHOLE,
    code,
)
from tracker.exchange.columns import Column, Table, Values


def _build(values: Values) -> ScoreRecord:
    at, time_known = values.pop("taken_at")
    record = {
        name: value for name, value in values.items() if value is not None or name not in _USUAL
    }
    return ScoreRecord(taken_at=at, time_known=time_known, **record)


# Of a total alone, and of files from before answers were kept.
_USUAL = frozenset(("mode", "completeness", "answers"))


SCORES = Table(
    name="scores",
    doc="One row for each completed scale.",
    key=("score_id",),
    build=_build,
    time_known_of="taken_at",
    columns=(
        Column(
            name="record_number",
            doc="The record number of the patient.",
            kind=IDENTIFIER,
            required=True,
        ),
        Column(
            name="series_number",
            doc="The series of the patient that the score belongs to, if any.",
            kind=WHOLE,
        ),
        Column(
            name="session_id",
            doc="The session that the score belongs to, if any.",
            kind=WHOLE,
        ),
        Column(
            name="score_id",
            doc="The stable number of the score; it never changes.",
            kind=WHOLE,
            required=True,
        ),
        Column(name="instrument", doc="The code of the scale.", kind=TEXT, required=True),
        Column(
            name="total",
            doc="The total, in points of the scale; empty for an incomplete form.",
            kind=NUMBER,
            unit="points",
        ),
        Column(
            name="taken_at",
            doc="When the scale was completed.",
            kind=INSTANT_OR_DAY,
            required=True,
        ),
        Column(
            name="occasion",
            doc="When, in relation to the treatment, it was completed.",
            kind=code(Occasion),
            required=True,
        ),
        Column(
            name="hours_after",
            doc="Hours since the start of the session, with the occasion `hours-after`.",
            kind=NUMBER,
            unit="hours",
        ),
        Column(name="note", doc="A note on this score.", kind=TEXT),
        Column(
            name="instrument_version",
            doc="The version of the scale that was answered.",
            kind=TEXT,
            later=True,
        ),
        Column(name="mode", doc="How the score came in.", kind=code(Mode), later=True),
        Column(
            name="completeness",
            doc="How much was answered; a prorated total stands in for missing answers.",
            kind=code(Completeness),
            later=True,
        ),
        Column(
            name="stated_total",
            doc="The total that the form or file stated, beside the one that its answers give.",
            kind=NUMBER,
            unit="points",
            later=True,
        ),
        Column(
            name="seconds_taken",
            doc="How long answering took.",
            kind=WHOLE,
            unit="seconds",
            later=True,
        ),
        Column(
            name="answers",
            doc="The answers, by the codes of the questions; one left out is not there.",
            kind=ANSWERS,
            later=True,
        ),
    ),
)
