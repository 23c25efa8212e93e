"""The columns of courses: what came of each course on each scale, for whoever analyses."""

from tracker.domain.codes import Indication
from tracker.exchange.cells.kinds import DAY, NUMBER, TEXT, WHOLE, YES_NO, code
from tracker.exchange.columns import Column, Table

COURSES = Table(
    name="courses",
    doc="One row for each scale of each course of treatment, counted from the course's baseline.",
    key=("record_number", "course", "instrument"),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="course", doc="Which course it is, counted from 1.", kind=WHOLE),
        Column(name="series_numbers", doc="The series that make the course.", kind=TEXT),
        Column(name="indication", doc="What its first series treats.", kind=code(Indication)),
        Column(name="first_dose_on", doc="Day of the first dose.", kind=DAY),
        Column(name="last_dose_on", doc="Day of the last dose so far.", kind=DAY),
        Column(
            name="instrument",
            doc="The code of the scale; empty where the course has no score.",
            kind=TEXT,
        ),
        Column(
            name="baseline_total",
            doc="The score that the others are compared with; empty where there is none.",
            kind=NUMBER,
            unit="points",
        ),
        Column(name="baseline_on", doc="Day of the baseline.", kind=DAY),
        Column(name="last_total", doc="The last score of the course.", kind=NUMBER, unit="points"),
        Column(name="last_on", doc="Day of the last score.", kind=DAY),
        Column(
            name="change",
            doc="The last score less the baseline.",
            kind=NUMBER,
            unit="points",
        ),
        Column(
            name="best_total",
            doc="The best score from the baseline on.",
            kind=NUMBER,
            unit="points",
        ),
        Column(
            name="response",
            doc="Whether the last score meets response; empty where that is not defined.",
            kind=YES_NO,
        ),
        Column(
            name="remission",
            doc="Whether the last score is in remission; empty where that is not defined.",
            kind=YES_NO,
        ),
        Column(
            name="response_reached_on",
            doc="Day of the first score in response; empty where it was never reached.",
            kind=DAY,
        ),
        Column(
            name="response_lost_on",
            doc="Day by which the last response was lost; empty where it holds.",
            kind=DAY,
        ),
    ),
)
