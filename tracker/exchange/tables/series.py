"""The columns of series."""

from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route, SeriesState
from tracker.domain.series.record import SeriesRecord
from tracker.exchange.cells.kinds import DAY, IDENTIFIER, NUMBER, TEXT, WHOLE, code
from tracker.exchange.columns import Column, Table

SERIES = Table(
    name="series",
    doc="One row for each series: planned sessions for one indication.",
    key=("record_number", "number"),
    build=lambda values: SeriesRecord(**values),
    columns=(
        Column(
            name="record_number",
            doc="The record number of the patient.",
            kind=IDENTIFIER,
            required=True,
        ),
        Column(
            name="series_number",
            doc="Which series of the patient it is, counted from 1.",
            kind=WHOLE,
            attribute="number",
            required=True,
        ),
        Column(
            name="indication",
            doc="What the series treats.",
            kind=code(Indication),
            required=True,
        ),
        Column(name="drug", doc="What is given.", kind=code(Drug), required=True),
        Column(name="route", doc="How it is given.", kind=code(Route), required=True),
        Column(
            name="phase",
            doc="Where the series stands in the whole treatment.",
            kind=code(Phase),
            required=True,
        ),
        Column(
            name="template",
            doc="The template that laid the sessions out.",
            kind=TEXT,
            required=True,
        ),
        Column(
            name="planned_dose_mg",
            doc="The planned dose, where it is planned in milligrams.",
            kind=NUMBER,
            unit="mg",
        ),
        Column(
            name="planned_dose_mg_per_kg",
            doc="The planned dose, where it is planned by weight.",
            kind=NUMBER,
            unit="mg/kg",
        ),
        Column(name="starts_on", doc="Day of the first session.", kind=DAY, required=True),
        Column(
            name="state",
            doc="How far the series has come.",
            kind=code(SeriesState),
            required=True,
        ),
        Column(name="state_reason", doc="Why the series was stopped.", kind=TEXT),
        Column(
            name="course_role",
            doc="Whether the series begins a course of treatment; empty where phase and pause say.",
            kind=code(CourseRole),
            later=True,
        ),
    ),
)
