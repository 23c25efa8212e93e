"""The columns of scores: completed scales."""

from tracker.domain.records import ScoreRecord
from tracker.domain.words import Occasion
from tracker.exchange.columns import Column, Table, Values
from tracker.exchange.kinds import INSTANT_OR_DAY, NUMBER, TEXT, WHOLE, code


def _build(values: Values) -> ScoreRecord:
    at, time_known = values.pop("taken_at")
    return ScoreRecord(taken_at=at, time_known=time_known, **values)


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
            kind=TEXT,
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
            doc="The total, in points of the scale.",
            kind=NUMBER,
            unit="points",
            required=True,
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
    ),
)
