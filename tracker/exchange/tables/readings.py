"""The columns of readings: one row for each that stands, of sessions recorded minute by minute."""

from tracker.domain.measures import VITAL_SIGNS
from tracker.exchange.cells.kinds import INSTANT, TEXT, WHOLE, YES_NO
from tracker.exchange.columns import Column, Table

READINGS = Table(
    name="readings",
    doc="One row for each reading during a session, as it stands after corrections.",
    key=("session_id", "sequence"),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="session_id", doc="The session that the reading belongs to.", kind=WHOLE),
        Column(name="sequence", doc="Its place in the session's log, counted from 1.", kind=WHOLE),
        Column(name="taken_at", doc="When it was taken.", kind=INSTANT),
        Column(
            name="minute",
            doc="Whole minutes from the start of the dose, below 0 before it.",
            kind=WHOLE,
            unit="minutes",
        ),
        *(
            Column(name=sign.name, doc=f"{sign.label_in_full}.", kind=WHOLE, unit=sign.unit_in_full)
            for sign in VITAL_SIGNS
        ),
        Column(
            name="sedation_moaas_0_to_5",
            doc="Sedation by MOAA/S, from 0, no response, to 5, alert.",
            kind=WHOLE,
            attribute="sedation",
            unit="points from 0 to 5",
        ),
        Column(
            name="dissociation_0_to_10",
            doc="Dissociation, from 0, none, to 10, the most.",
            kind=WHOLE,
            attribute="dissociation",
            unit="points from 0 to 10",
        ),
        Column(
            name="pain_0_to_10",
            doc="Pain, from 0, none, to 10, the worst.",
            kind=WHOLE,
            attribute="pain",
            unit="points from 0 to 10",
        ),
        Column(
            name="nausea_0_to_10",
            doc="Nausea, from 0, none, to 10, the worst.",
            kind=WHOLE,
            attribute="nausea",
            unit="points from 0 to 10",
        ),
        Column(name="note", doc="A note on this reading.", kind=TEXT),
        Column(name="taken_by", doc="Who wrote it down as it stands.", kind=TEXT),
        Column(
            name="corrected",
            doc="Whether it was corrected; the first value is kept in the log of the session.",
            kind=YES_NO,
        ),
    ),
)
