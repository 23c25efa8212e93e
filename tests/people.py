"""The people every test knows, in two clinics."""

from dataclasses import dataclass

from tracker.domain.access import Actor, Role
from tracker.services.clinic import clinics
from tracker.services.people import accounts, logins

PASSWORD = "seven tired horses walk home"
ANNA, ADAM, BEN, CLEO = (
    "anna@example.org",
    "adam@example.org",
    "ben@example.org",
    "cleo@example.org",
)


@dataclass(frozen=True)
class Cast:
    """Anna treats Ben; Adam administers; Cleo is a clinician elsewhere and must see nothing."""

    clinic_id: int
    elsewhere_id: int
    anna: Actor
    adam: Actor
    cleo: Actor
    console: Actor


def gather() -> Cast:
    """Found both clinics and enrol their staff."""
    clinic_id = clinics.create("Harbour Clinic", "America/New_York")
    elsewhere_id = clinics.create("Other Clinic", "Europe/Berlin")
    here, there = clinics.console(clinic_id), clinics.console(elsewhere_id)

    def enrol(name: str, email: str, role: Role, by: Actor) -> Actor:
        return logins.actor_of(
            accounts.enrol(name=name, email=email, roles=[role], password=PASSWORD, by=by)
        )

    return Cast(
        clinic_id,
        elsewhere_id,
        enrol("Anna Clinician", ANNA, Role.CLINICIAN, here),
        enrol("Adam Administrator", ADAM, Role.ADMINISTRATOR, here),
        enrol("Cleo Elsewhere", CLEO, Role.CLINICIAN, there),
        here,
    )
