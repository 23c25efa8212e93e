"""The columns of the audit trail for an auditor: one row for each line."""

from tracker.exchange.cells.kinds import INSTANT, TEXT, WHOLE
from tracker.exchange.columns import Column, Table

AUDIT = Table(
    name="audit",
    doc="One row for each line of the audit trail, the newest first.",
    key=("line",),
    build=dict,
    columns=(
        Column(
            name="line",
            doc="The line's number; empty for who may not read records, as a gap would tell.",
            kind=WHOLE,
        ),
        Column(name="at", doc="When it was.", kind=INSTANT),
        Column(name="who", doc="Who did it.", kind=TEXT),
        Column(name="roles", doc="What they are here.", kind=TEXT),
        Column(name="what", doc="What was done.", kind=TEXT),
        Column(name="about", doc="The record it was done with.", kind=TEXT),
        Column(name="detail", doc="Names of fields and counts, never content.", kind=TEXT),
        Column(name="patients", doc="How many patients it was about or showed.", kind=WHOLE),
        Column(name="record_numbers", doc="Their record numbers.", kind=TEXT),
        Column(name="address", doc="Where from.", kind=TEXT),
    ),
)
