import pytest

from tracker.domain.access import (
    POLICY,
    Actor,
    Permission,
    Role,
    Subject,
    allows,
    authorize,
)
from tracker.domain.problems import ForbiddenError, NotFoundError

HERE, ELSEWHERE = 1, 2
ANNA = Actor(10, HERE, "Anna", frozenset({Role.CLINICIAN}))
CLEO = Actor(11, ELSEWHERE, "Cleo", frozenset({Role.CLINICIAN}))
ADAM = Actor(12, HERE, "Adam", frozenset({Role.ADMINISTRATOR}))
BEN = Actor(13, HERE, "Ben", frozenset({Role.PATIENT}), patient_id=7)
BENS, ANOTHERS = Subject(HERE, 7), Subject(HERE, 8)


def test_every_permission_has_rules():
    assert set(POLICY) == set(Permission)
    assert all(POLICY.values())


def test_a_clinician_sees_patients_of_their_own_clinic_only():
    assert allows(ANNA, Permission.PATIENT_VIEW, BENS)
    assert not allows(CLEO, Permission.PATIENT_VIEW, BENS)


def test_a_patient_sees_themself_only_and_no_private_notes():
    assert allows(BEN, Permission.PROGRESS_VIEW, BENS)
    assert not allows(BEN, Permission.PROGRESS_VIEW, ANOTHERS)
    assert not allows(BEN, Permission.PRIVATE_NOTES_VIEW, BENS)


def test_an_administrator_reads_no_clinical_content():
    clinical = [p for p in Permission if p.value.split(":")[0] in {"patient", "session", "score"}]
    for permission in [*clinical, Permission.PROGRESS_VIEW, Permission.CLINIC_EXPORT]:
        if permission is not getattr(Permission, "PATIENT_INVITE", None):
            assert not allows(ADAM, permission, BENS), permission


def test_a_strangers_record_is_not_there():
    with pytest.raises(NotFoundError):
        authorize(CLEO, Permission.SESSION_AMEND, BENS)
    with pytest.raises(NotFoundError):
        authorize(ADAM, Permission.PATIENT_VIEW, BENS)


def test_a_forbidden_verb_on_a_visible_record_is_forbidden():
    with pytest.raises(ForbiddenError):
        authorize(BEN, Permission.SESSION_AMEND, BENS)


def test_nobody_without_a_role_may_do_anything_clinical():
    nobody = Actor(14, HERE, "Nobody", frozenset())
    for permission in Permission:
        if permission is not Permission.ACCOUNT_USE:
            assert not allows(nobody, permission, BENS)
