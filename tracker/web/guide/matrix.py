"""Who may do what, read off the access policy itself."""

from tracker.domain.access import POLICY, Actor, Permission, Role, Subject, allows

ROLES = {
    Role.ADMINISTRATOR: "Administrator",
    Role.CLINICIAN: "Clinician",
    Role.PATIENT: "Patient",
    Role.CONSOLE: "Command line",
}
_CLINIC, _SELF, _OTHER = 1, 1, 2


def rows() -> list[tuple[str, list[str]]]:
    """Give each permission in words, with an answer for each of ROLES."""
    return [(_words(what), [_answer(role, what) for role in ROLES]) for what in POLICY]


def _words(permission: Permission) -> str:
    noun, _, verb = permission.value.partition(":")
    return f"{noun.replace('-', ' ').capitalize()}: {verb}"


def _answer(role: Role, permission: Permission) -> str:
    patient_id = _SELF if role is Role.PATIENT else None
    somebody = Actor(None, _CLINIC, "", frozenset({role}), patient_id)
    if allows(somebody, permission, Subject(_CLINIC, _OTHER)):
        return "yes"
    return "their own" if allows(somebody, permission, Subject(_CLINIC, _SELF)) else "no"
