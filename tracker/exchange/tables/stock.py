"""The columns of the controlled-drug ledger for an inspector: one row for each entry of a lot."""

from tracker.domain.codes import Drug
from tracker.domain.stock.lots import Container, Movement
from tracker.exchange.cells.kinds import DAY, INSTANT, NUMBER, TEXT, WHOLE, code
from tracker.exchange.columns import Column, Table

STOCK = Table(
    name="controlled-drugs",
    doc="One row for each entry of each lot, in the order of writing.",
    key=("lot_number", "entry"),
    build=dict,
    columns=(
        Column(name="drug", doc="The drug.", kind=code(Drug)),
        Column(name="form", doc="What it comes in.", kind=code(Container)),
        Column(name="unit_mg", doc="In one vial or device.", kind=NUMBER, unit="mg"),
        Column(name="concentration_mg_per_ml", doc="Empty for devices.", kind=NUMBER, unit="mg/mL"),
        Column(name="lot_number", doc="The number printed on the lot.", kind=TEXT),
        Column(name="ndc", doc="The National Drug Code.", kind=TEXT),
        Column(name="expires_on", doc="Last day of use.", kind=DAY),
        Column(name="entry", doc="The entry's place in the lot's book, from 1.", kind=WHOLE),
        Column(name="at", doc="When it happened.", kind=INSTANT),
        Column(name="recorded_at", doc="When it was written down.", kind=INSTANT),
        Column(name="movement", doc="What happened.", kind=code(Movement)),
        Column(name="amount_mg", doc="How much; of a count, what was there.", kind=NUMBER),
        Column(name="units", doc="The same in vials or devices.", kind=NUMBER),
        Column(name="balance_after_mg", doc="Balance after it.", kind=NUMBER, unit="mg"),
        Column(
            name="variance_mg",
            doc="Of a count: what was there more than in the book then; below zero for less.",
            kind=NUMBER,
            unit="mg",
        ),
        Column(name="record_number", doc="Of the patient it was given to.", kind=TEXT),
        Column(name="patient_name", doc="The patient's name.", kind=TEXT),
        Column(name="session_id", doc="The session it was given in.", kind=WHOLE),
        Column(name="by", doc="Who wrote the entry.", kind=TEXT),
        Column(name="witness", doc="The second name.", kind=TEXT),
        Column(
            name="witness_how",
            doc="Whether they confirmed it with their own account: confirmed or without-account; "
            "empty from before it was asked.",
            kind=TEXT,
        ),
        Column(name="reason", doc="From or to whom, or why.", kind=TEXT),
        Column(name="reverses", doc="The entry that this one takes out.", kind=WHOLE),
        Column(name="reversed_by", doc="The entry that took this one out.", kind=WHOLE),
    ),
)
