"""The columns of adverse events: one row for each that stands, of sessions recorded as they ran."""

from tracker.domain.live.entries import EventAction, EventOutcome, EventTerm
from tracker.exchange.cells.kinds import INSTANT, TEXT, WHOLE, YES_NO, code, codes
from tracker.exchange.columns import Column, Table

ADVERSE_EVENTS = Table(
    name="adverse-events",
    doc="One row for each adverse event during a session, as it stands after corrections.",
    key=("session_id", "sequence"),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="session_id", doc="The session in which it happened.", kind=WHOLE),
        Column(name="sequence", doc="Its place in the session's log, counted from 1.", kind=WHOLE),
        Column(name="term", doc="What happened.", kind=code(EventTerm)),
        Column(name="other", doc="Its name, where no term fits.", kind=TEXT),
        Column(name="began_at", doc="When it began.", kind=INSTANT),
        Column(
            name="onset_minute",
            doc="Whole minutes from the start of the dose to its beginning.",
            kind=WHOLE,
            unit="minutes",
        ),
        Column(
            name="end_minute",
            doc="Whole minutes from the start of the dose to its end, where that was written.",
            kind=WHOLE,
            unit="minutes",
        ),
        Column(
            name="grade",
            doc="The clinician's grade (CTCAE v5), from 1, mild, to 5, death.",
            kind=WHOLE,
            unit="grade from 1 to 5",
        ),
        Column(name="serious", doc="Whether it was serious.", kind=YES_NO),
        Column(name="actions", doc="What was done about it.", kind=codes(EventAction)),
        Column(name="outcome", doc="What became of it.", kind=code(EventOutcome)),
        Column(name="note", doc="A note on this event.", kind=TEXT),
        Column(name="recorded_by", doc="Who wrote it down as it stands.", kind=TEXT),
        Column(
            name="corrected",
            doc="Whether it was corrected; what was written first is kept in the session's log.",
            kind=YES_NO,
        ),
    ),
)
