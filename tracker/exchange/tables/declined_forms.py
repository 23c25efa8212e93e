"""The columns of forms that a patient declined: one row for each, with the reason they gave."""

from tracker.exchange.cells.kinds import INSTANT, TEXT, WHOLE
from tracker.exchange.columns import Column, Table

DECLINED_FORMS = Table(
    name="declined-forms",
    doc="One row for each form of a check-in that was declined.",
    key=("check_in_id", "instrument"),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="check_in_id", doc="The stable number of the check-in.", kind=WHOLE),
        Column(name="instrument", doc="The code of the scale.", kind=TEXT),
        Column(name="declined_at", doc="When it was declined.", kind=INSTANT),
        Column(name="reason", doc="The reason that was given.", kind=TEXT),
    ),
)
