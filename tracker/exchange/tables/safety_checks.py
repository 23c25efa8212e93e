"""The columns of safety checks: one row for each result that stands."""

from tracker.domain.safety_checks.kinds import CheckKind
from tracker.exchange.cells.kinds import DAY, INSTANT, TEXT, WHOLE, code
from tracker.exchange.columns import Column, Table

SAFETY_CHECKS = Table(
    name="safety-checks",
    doc="One row for each result of a check that recurs in long use; voided ones are left out.",
    key=("check_id",),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="check_id", doc="The stable number of the result.", kind=WHOLE),
        Column(name="kind", doc="What was checked.", kind=code(CheckKind)),
        Column(name="checked_on", doc="Day of the check.", kind=DAY),
        Column(name="value", doc="What was found.", kind=TEXT),
        Column(name="note", doc="A note on the result.", kind=TEXT),
        Column(name="recorded_at", doc="When it was written down.", kind=INSTANT),
        Column(name="recorded_by", doc="Who wrote it down.", kind=TEXT),
    ),
)
