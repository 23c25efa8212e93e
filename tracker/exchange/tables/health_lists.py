"""The columns of allergies and medicines: one row for each entry, ended ones among them."""

from tracker.domain.health_lists.draft import HealthItemKind
from tracker.exchange.cells.kinds import DAY, INSTANT, TEXT, WHOLE, code
from tracker.exchange.columns import Column, Table

HEALTH_LISTS = Table(
    name="health-lists",
    doc="One row for each allergy or medicine, or that there is none; ended ones have a last day.",
    key=("item_id",),
    build=dict,
    columns=(
        Column(name="record_number", doc="The record number of the patient.", kind=TEXT),
        Column(name="item_id", doc="The stable number of the entry.", kind=WHOLE),
        Column(name="kind", doc="What it is.", kind=code(HealthItemKind)),
        Column(name="name", doc="What the allergy is to, or the medicine.", kind=TEXT),
        Column(name="detail", doc="The reaction, or the dose and how often.", kind=TEXT),
        Column(name="noted_on", doc="Day since which it is known.", kind=DAY),
        Column(name="recorded_at", doc="When it was written down.", kind=INSTANT),
        Column(name="recorded_by", doc="Who wrote it down.", kind=TEXT),
        Column(name="ended_on", doc="Last day; empty while it stands.", kind=DAY),
        Column(name="ended_by", doc="Who ended it.", kind=TEXT),
        Column(name="ended_reason", doc="Why it was ended.", kind=TEXT),
    ),
)
