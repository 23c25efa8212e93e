"""The columns of assessments before treatment: one row for each, with what was decided."""

from tracker.domain.codes import Drug
from tracker.domain.eligibility.draft import Decision
from tracker.exchange.cells.kinds import DAY, INSTANT, TEXT, WHOLE, code
from tracker.exchange.columns import Column, Table

ELIGIBILITY = Table(
    name="eligibility",
    doc="One row for each assessment before treatment, without the questions that were asked.",
    key=("assessment_id",),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="assessment_id", doc="The stable number of the assessment.", kind=WHOLE),
        Column(name="assessed_on", doc="The day of the assessment.", kind=DAY),
        Column(name="drug", doc="The medicine that it was about.", kind=code(Drug)),
        Column(name="decision", doc="What was decided; empty until then.", kind=code(Decision)),
        Column(name="reason", doc="Why it was decided so.", kind=TEXT),
        Column(name="decided_at", doc="When it was decided.", kind=INSTANT),
        Column(name="decided_by", doc="Who decided it.", kind=TEXT),
    ),
)
