"""What waits to be told, collected: all of a person's is one e-mail, which leaves at their hour."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import MailTime
from tracker.domain.letters import hours
from tracker.models.check_ins import CheckIn
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.letters import outbox
from tracker.services.letters.outbox import AT_ONCE, ESCALATION, QueuedLetter
from tracker.services.letters.visits import begins_at
from tracker.services.people.logins import ClinicView

_IDS_AT_ONCE = 500
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Waiting(Struct, frozen=True):
    """What one e-mail tells: everything that waits for a patient, or one alert for a clinician."""

    letters: tuple[QueuedLetter, ...]

    @property
    def clinic_id(self) -> int:
        """The clinic that writes."""
        return self.letters[0].clinic_id

    @property
    def is_to_staff(self) -> bool:
        """Whether it is to a clinician."""
        return self.letters[0].kind == ESCALATION

    @property
    def is_at_once(self) -> bool:
        """Whether anything in it is told whatever the hour."""
        return any(letter.kind in AT_ONCE for letter in self.letters)


class _Candidate(Struct, frozen=True):
    """A letter with whose it is, and until when it tells them anything."""

    letter: QueuedLetter
    patient_id: int
    choice: MailTime
    until: datetime


def collect(now: datetime) -> list[Waiting]:
    """Collect what may leave now: alerts, then appointments that changed, then all the rest.

    Where one thing leaves, whatever waits for the same person leaves with it.
    """
    letters = outbox.ready()
    to_staff = [Waiting((letter,)) for letter in letters if letter.kind == ESCALATION]
    here = {clinic_id: clinics.view(clinic_id) for clinic_id in {one.clinic_id for one in letters}}
    of_person: dict[int, list[_Candidate]] = {}
    for one in _candidates([one for one in letters if one.kind != ESCALATION], here):
        of_person.setdefault(one.patient_id, []).append(one)
    to_patients = [
        Waiting(tuple(one.letter for one in those))
        for those in of_person.values()
        if any(_may_leave(one, here[one.letter.clinic_id], now) for one in those)
    ]
    return [*to_staff, *sorted(to_patients, key=lambda one: not one.is_at_once)]


def _may_leave(one: _Candidate, clinic: ClinicView, now: datetime) -> bool:
    if one.letter.kind in AT_ONCE:
        return True
    settings, at = ClinicSettings.read(clinic.settings), now.astimezone(clinic.zone)
    if one.letter.is_again:
        return not settings.is_quiet(at.time())  # staff told them that it comes
    return hours.may_leave(at, one.choice, settings, until=one.until)


def _candidates(
    letters: Sequence[QueuedLetter], here: Mapping[int, ClinicView]
) -> Iterable[_Candidate]:
    asked = [letter.about_id for letter in letters if letter.noun == "check-in"]
    visits = [letter.about_id for letter in letters if letter.noun == "session"]
    of_asked = _rows(CheckIn, asked, CheckIn.closes_at)
    of_visits = _rows(TreatmentSession, visits)
    for letter in letters:
        row = (of_asked if letter.noun == "check-in" else of_visits).get(letter.about_id)
        zone = here[letter.clinic_id].zone
        if row is None:  # nobody's: by itself it keeps nothing else back, and is given up
            yield _Candidate(letter, -letter.letter_id, MailTime.MORNING, _LONG_AGO)
        else:
            until = row.closes_at if letter.noun == "check-in" else begins_at(letter.about, zone)
            choice = MailTime(row.mail_time or MailTime.MORNING)
            yield _Candidate(letter, row.patient_id, choice, until)


def _rows(
    of: type[CheckIn] | type[TreatmentSession], ids: Collection[int], *columns: Any
) -> dict[int, Any]:
    """Read whose something is, and when that person wants e-mails."""
    wanted = sorted(ids)
    found: dict[int, Any] = {}
    query = select(of.id, of.patient_id, Patient.mail_time, *columns).join(
        Patient, Patient.id == of.patient_id
    )
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        some = query.where(of.id.in_(wanted[at : at + _IDS_AT_ONCE]))
        found |= {row.id: row for row in db.session.execute(some).all()}
    return found
