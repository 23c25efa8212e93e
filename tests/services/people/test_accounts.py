"""Accounts: who may make and change them, and what must never happen to them."""

import threading

import pytest

from tests.builders import courses
from tests.people import ANNA, BEN, PASSWORD
from tracker.domain.access import Role
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.models import db
from tracker.models.patients import Patient
from tracker.services.audit import queries as audit_queries
from tracker.services.patients import commands as patient_commands
from tracker.services.people import access_changes, accounts, invitations, passwords
from tracker.services.people.accounts import AccountDraft, AccountState
from tracker.services.unit_of_work import AlreadySavedError

DORA = "dora@example.org"


def draft(**changes) -> AccountDraft:
    usual = {"name": "Dora", "email": DORA, "roles": frozenset({Role.CLINICIAN})}
    return AccountDraft(**usual | changes)


def fields(error: pytest.ExceptionInfo[InvalidError]) -> set[str]:
    return {problem.field for problem in error.value.problems}


@pytest.mark.both_databases
def test_only_administrators_and_the_console_make_accounts(app, cast):
    with pytest.raises(ForbiddenError):
        accounts.invite(draft(), by=cast.anna)
    assert accounts.find(accounts.invite(draft(), by=cast.adam), by=cast.adam).name == "Dora"


def test_every_problem_is_telling_moment_once(app, cast):
    with pytest.raises(InvalidError) as error:
        accounts.invite(draft(name=" ", email="x@", roles=frozenset()), by=cast.adam)
    assert fields(error) == {"name", "email", "roles"}


@pytest.mark.both_databases
@pytest.mark.parametrize("email", [ANNA, ANNA.upper(), f"  {ANNA} "])
def test_an_address_belongs_to_one_person(app, cast, email):
    with pytest.raises(InvalidError) as error:
        accounts.invite(draft(email=email), by=cast.adam)
    assert fields(error) == {"email"}


@pytest.mark.both_databases
def test_a_patient_needs_a_current_record_here(app, cast):
    courses.treat(cast.cleo, record_number="FAR-1")
    for number in ("", "none", "FAR-1"):
        with pytest.raises(InvalidError) as error:
            accounts.invite(
                draft(roles=frozenset({Role.PATIENT}), record_number=number), by=cast.adam
            )
        assert fields(error) == {"record_number"}


def test_only_a_patient_has_a_record_number(app, cast):
    with pytest.raises(InvalidError) as error:
        accounts.invite(draft(record_number="B-1"), by=cast.adam)
    assert fields(error) == {"record_number"}


@pytest.mark.both_databases
def test_a_record_has_one_account(app, cast):
    treated = courses.treat(cast.console)
    courses.account(cast.console, treated)
    with pytest.raises(InvalidError):
        accounts.enrol(
            name="Twice", email=DORA, roles=[Role.PATIENT], patient_id=treated.patient_id,
            by=cast.console,
        )  # fmt: skip
    with pytest.raises(NotFoundError):
        accounts.find_by_email(DORA, by=cast.adam)


@pytest.mark.both_databases
def test_a_second_click_makes_nothing(app, cast):
    made = accounts.invite(draft(), once="one-time", by=cast.adam)
    with pytest.raises(AlreadySavedError) as again:
        accounts.invite(draft(), once="one-time", by=cast.adam)
    assert again.value.result_id == made


@pytest.mark.both_databases
def test_the_list_holds_the_clinics_people_and_their_state(app, cast):
    accounts.invite(draft(), by=cast.adam)
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    states = {person.name: person.state for person in accounts.listing(by=cast.adam)}
    assert states == {
        "Adam Administrator": AccountState.ACTIVE,
        "Anna Clinician": AccountState.DISABLED,
        "Dora": AccountState.INVITED,
    }


def test_an_account_elsewhere_cannot_be_touched(app, cast):
    for change in (
        access_changes.disable,
        access_changes.enable,
        access_changes.reset_second_factor,
    ):
        with pytest.raises(NotFoundError):
            change(cast.cleo.user_id, reason="Asked for", by=cast.adam)
    with pytest.raises(NotFoundError):
        access_changes.unlock(cast.cleo.user_id, by=cast.adam)
    with pytest.raises(NotFoundError):
        access_changes.set_roles(
            cast.cleo.user_id, [Role.CLINICIAN], reason="Asked for", by=cast.adam
        )


@pytest.mark.both_databases
def test_there_is_always_an_administrator(app, cast):
    with pytest.raises(InvalidError, match="only administrator"):
        access_changes.disable(cast.adam.user_id, reason="Asked for", by=cast.console)
    with pytest.raises(InvalidError, match="only administrator"):
        access_changes.set_roles(
            cast.adam.user_id, [Role.CLINICIAN], reason="Asked for", by=cast.console
        )
    access_changes.set_roles(
        cast.anna.user_id, [Role.ADMINISTRATOR], reason="Asked for", by=cast.adam
    )
    access_changes.disable(cast.adam.user_id, reason="Asked for", by=cast.console)


def test_a_patient_stays_one(app, cast):
    ben = courses.account(cast.console, courses.treat(cast.console))
    with pytest.raises(InvalidError):
        access_changes.set_roles(ben.user_id, [Role.CLINICIAN], reason="Asked for", by=cast.adam)
    with pytest.raises(InvalidError):
        access_changes.set_roles(
            cast.anna.user_id, [Role.CLINICIAN, Role.PATIENT], reason="Asked for", by=cast.adam
        )


def test_changes_are_in_the_trail_with_what_changed(app, cast):
    access_changes.set_roles(
        cast.anna.user_id, [Role.CLINICIAN, Role.ADMINISTRATOR], reason="Asked for", by=cast.adam
    )
    line = audit_queries.read(by=cast.adam).lines[0]
    assert (line.action, line.detail) == (
        "user.roles-changed",
        "clinician -> administrator clinician",
    )


@pytest.mark.both_databases
def test_an_invitation_is_kept_as_a_hash_only(app, cast, settings):
    from sqlalchemy import select

    from tracker.models import db
    from tracker.models.users import User

    links: list[str] = []
    user_id = accounts.invite(draft(), by=cast.adam)

    def link(token: str) -> str:
        links.append(token)
        return f"http://localhost/welcome/{token}"

    assert invitations.send(user_id, link=link, by=cast.adam)
    kept = db.session.scalar(select(User.invitation_hash).where(User.id == user_id))
    assert links[0] != kept
    assert len(links[0]) >= 32
    assert invitations.find(links[0]).email == DORA
    with pytest.raises(NotFoundError):
        invitations.find(kept)


def test_nobody_who_has_a_password_is_invited_again(app, cast):
    with pytest.raises(InvalidError):
        invitations.send(cast.anna.user_id, link=str, by=cast.adam)


@pytest.mark.both_databases
def test_a_clinician_cannot_send_an_administrators_invitation(app, cast):
    user_id = accounts.invite(draft(), by=cast.adam)
    with pytest.raises(NotFoundError):
        invitations.send(user_id, link=str, by=cast.anna)


def test_accented_letters_are_spelled_in_one_way():
    assert passwords.normalize("Cafe\u0301") == passwords.normalize("Caf\u00e9")


@pytest.mark.parametrize("password", [PASSWORD, f"{PASSWORD} " * 4, "\u96ea" * 6 + " yokohama 77"])
def test_a_good_password_may_be_long_and_in_any_script(password):
    assert passwords.weakness(password) == ""


def test_ones_own_name_is_a_weak_password():
    assert passwords.weakness("annabel-lee-poe", about=("Annabel Lee Poe", "annabel@example.org"))


@pytest.mark.parametrize(
    "password", ["ketamine-clinic", "Spravato Tracker 2026", "patient!session!1"]
)
def test_words_of_the_place_are_a_weak_password(password):
    assert "easy to guess" in passwords.weakness(password)
    assert passwords.weakness(f"{password} herons wade") == ""


def test_usual_passwords_are_weak():
    """Those of the stolen ones that are long enough, in the order of how often they were."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    usual = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= passwords.SHORTEST]
    assert len(usual) > 20
    assert not [word for word in usual[:3000] if not passwords.weakness(word)]


@pytest.mark.parametrize(
    "name", ["Eve\nactive  adam@example.org", "Eve\x1b[2J", "Eve\u2028Bob", "a\tb"]
)
def test_a_name_cannot_begin_a_line_of_its_own(app, cast, name):
    with pytest.raises(InvalidError) as refused:
        accounts.invite(draft(name=name), by=cast.adam)
    assert fields(refused) == {"name"}


@pytest.mark.both_databases
def test_of_two_who_invite_the_same_address_at_once_one_is_told_so(app, cast):
    told, together = [], threading.Barrier(2)

    def invite():
        with app.app_context():
            together.wait()
            try:
                told.append(bool(accounts.invite(draft(), by=cast.adam)))
            except InvalidError as error:
                told.append(error.problems[0].field)
            db.session.remove()

    threads = [threading.Thread(target=invite) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [True, "email"]


def of_ben(**changes) -> AccountDraft:
    usual = {"name": "Ben Patient", "email": BEN, "roles": frozenset({Role.PATIENT})}
    return draft(**usual | {"record_number": "B-1"} | changes)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": "Pat P"}, {"name"}), ({"email": DORA}, {"email"}),
        ({"name": "Pat P", "email": DORA}, {"name", "email"}),
        ({"email": DORA, "roles": frozenset({Role.PATIENT, Role.CLINICIAN})}, {"email", "roles"}),
    ],
)  # fmt: skip
def test_a_patients_account_is_for_the_name_and_the_e_mail_of_the_record(app, cast, changes, wrong):
    courses.treat(cast.console, record_number="B-1", email=BEN)
    for by in (cast.adam, cast.console):
        with pytest.raises(InvalidError) as refused:
            accounts.invite(of_ben(**changes), by=by)
        assert fields(refused) == wrong


@pytest.mark.parametrize("changes", [{}, {"name": " patient,  BEN"}, {"email": BEN.upper()}])
def test_the_name_and_the_e_mail_of_a_record_may_be_spelt_in_other_ways(app, cast, changes):
    courses.treat(cast.console, record_number="B-1", email=BEN)
    assert accounts.invite(of_ben(**changes), by=cast.adam)


@pytest.mark.both_databases
def test_an_invitation_sent_again_goes_where_the_record_says_now(app, cast, settings):
    treated = courses.treat(cast.console, record_number="B-1", email=BEN)
    user_id = accounts.invite(of_ben(), by=cast.adam)
    row = db.session.get_one(Patient, treated.patient_id)
    for kept, sent_to in ((DORA, DORA), (ANNA, None), ("", None), ("ben@x..y", None)):
        row.email = kept
        db.session.commit()
        if sent_to:
            assert invitations.send(user_id, link=str, by=cast.adam)
            assert accounts.find(user_id, by=cast.adam).email == sent_to
        else:
            with pytest.raises(InvalidError) as refused:
                invitations.send(user_id, link=str, by=cast.adam)
            assert fields(refused) == {"email"}


def test_nobody_is_invited_to_a_record_that_is_archived(app, cast):
    treated = courses.treat(cast.console, email=BEN)
    patient_commands.archive(treated.patient_id, "Moved away", by=cast.anna)
    with pytest.raises(InvalidError, match="archived"):
        invitations.invite_patient(treated.patient_id, by=cast.anna)
