"""The columns of patients."""

from tracker.domain.codes import Indication, Sex
from tracker.domain.patients.record import PatientRecord
from tracker.exchange.cells.kinds import BIRTH_DATE, DAY, IDENTIFIER, TEXT, code, codes
from tracker.exchange.columns import Column, Table, Values


def _build(values: Values) -> PatientRecord:
    return PatientRecord(**values | {"indications": values["indications"] or ()})


PATIENTS = Table(
    name="patients",
    doc="One row for each patient.",
    key=("record_number",),
    build=_build,
    columns=(
        Column(
            name="record_number",
            doc="The clinic's own number of the patient, unique within the clinic.",
            kind=IDENTIFIER,
            required=True,
        ),
        Column(
            name="other_number",
            doc="The country's own number of the patient, such as an NHS number.",
            kind=IDENTIFIER,
            later=True,
        ),
        Column(name="given_name", doc="Given names.", kind=TEXT),
        Column(name="family_name", doc="Family name.", kind=TEXT),
        Column(name="birth_date", doc="Day of birth.", kind=BIRTH_DATE),
        Column(name="sex", doc="Sex as recorded by the clinic.", kind=code(Sex), required=True),
        Column(name="email", doc="E-mail address.", kind=TEXT),
        Column(name="phone", doc="Telephone number.", kind=TEXT),
        Column(name="indications", doc="What the patient is treated for.", kind=codes(Indication)),
        Column(name="notes", doc="The clinic's notes on the patient.", kind=TEXT),
        Column(
            name="archived_on",
            doc="Day on which the patient was archived; empty while current.",
            kind=DAY,
        ),
    ),
)
