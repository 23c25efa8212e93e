"""The sign-ins and the account of a patient, in their copy."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker.domain.audit.actions import words as action_words
from tracker.exchange.html.record import RecordItem
from tracker.models.patients import Patient
from tracker.models.users import AccountChange, KnownDevice, Passkey, SignIn
from tracker.services.exports.record_words import columns_in_copy, facts_of, in_words, rows_of


def sign_ins(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give each place where the patient signed in."""
    query = (
        select(*columns_in_copy("sign_in", SignIn))
        .join(Patient, Patient.user_id == SignIn.user_id)
        .where(Patient.id == patient_id)
        .order_by(SignIn.began_at)
    )
    for row in rows_of(query):
        facts = facts_of("sign_in", row, zone)
        yield RecordItem(title=in_words(row.began_at, zone), facts=facts)


def changes(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give what was done to the account, and why."""
    query = (
        select(*columns_in_copy("account_change", AccountChange))
        .join(Patient, Patient.user_id == AccountChange.user_id)
        .where(Patient.id == patient_id)
        .order_by(AccountChange.at)
    )
    for row in rows_of(query):
        facts = facts_of("account_change", row, zone, "action")
        yield RecordItem(title=action_words(row.action), facts=facts)


def browsers(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give the browsers that the account knows."""
    query = (
        select(*columns_in_copy("known_device", KnownDevice))
        .join(Patient, Patient.user_id == KnownDevice.user_id)
        .where(Patient.id == patient_id)
        .order_by(KnownDevice.began_at)
    )
    for row in rows_of(query):
        facts = facts_of("known_device", row, zone, "name")
        yield RecordItem(title=row.name, facts=facts)


def passkeys(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give the passkeys of the account."""
    query = (
        select(*columns_in_copy("passkey", Passkey))
        .join(Patient, Patient.user_id == Passkey.user_id)
        .where(Patient.id == patient_id)
        .order_by(Passkey.made_at)
    )
    for row in rows_of(query):
        yield RecordItem(title=row.name, facts=facts_of("passkey", row, zone, "name"))
