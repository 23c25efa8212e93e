"""The columns of answers: one row for each question, made from the scores for whoever analyses."""

from tracker.exchange.cells.kinds import INSTANT_OR_DAY, NUMBER, TEXT, WHOLE
from tracker.exchange.columns import Column, Table

ANSWERS = Table(
    name="answers",
    doc="One row for each question of each completed form, answered or not.",
    key=("score_id", "item"),
    build=dict,
    time_known_of="taken_at",
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="score_id", doc="The score that the answer belongs to.", kind=WHOLE),
        Column(name="instrument", doc="The code of the scale.", kind=TEXT),
        Column(
            name="instrument_version", doc="The version of the scale that was answered.", kind=TEXT
        ),
        Column(name="taken_at", doc="When the scale was completed.", kind=INSTANT_OR_DAY),
        Column(name="item", doc="The code of the question.", kind=TEXT),
        Column(name="item_number", doc="Its place on the form, counted from 1.", kind=WHOLE),
        Column(name="question", doc="Its words, as they were when it was answered.", kind=TEXT),
        Column(
            name="value",
            doc="The value of the answer; empty where the question was not answered.",
            kind=NUMBER,
            unit="points",
        ),
        Column(name="answer", doc="The words of the answer.", kind=TEXT),
    ),
)
