"""What an account is called and signs in by, and what ends when that changes."""

import email
import re
import threading
from email.policy import default

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.people import ADAM, ANNA, BEN, PASSWORD
from tracker.domain.access import Role
from tracker.domain.people import sign_in_name
from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.models import db
from tracker.models.check_ins import CheckInLink
from tracker.models.patients import Patient, PatientVersion
from tracker.models.users import SignIn, User
from tracker.services.audit import queries as audit_queries
from tracker.services.people import (
    access_changes,
    accounts,
    identity,
    invitations,
    logins,
    mailboxes,
)
from tracker.services.people.accounts import AccountDraft, AccountState
from tracker.services.people.identity import IdentityDraft

DORA, WRONG = "dora@example.org", "benn@example.org"


def draft(**changes) -> IdentityDraft:
    return IdentityDraft(**{"name": "Anna Clinician", "email": ANNA} | changes)


def fields(error: pytest.ExceptionInfo[InvalidError]) -> set[str]:
    return {problem.field for problem in error.value.problems}


def mails(settings) -> list[tuple[str, str]]:
    """To whom mails went, and what they say, the oldest first."""
    files = sorted(settings.mail_folder.glob("*"), key=lambda path: path.stat().st_mtime_ns)
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]
    return [(m["To"], " ".join(m.get_body(("plain",)).get_content().split())) for m in found]


class Links:
    """Keeps the secrets that were mailed."""

    def __init__(self):
        self.tokens = []

    def __call__(self, token: str) -> str:
        self.tokens.append(token)
        return f"http://localhost/{token}"


@pytest.mark.both_databases
def test_an_administrator_moves_a_colleague_to_another_address(app, cast, settings):
    logins.begin(cast.anna.user_id, address="")
    before = db.session.get_one(User, cast.anna.user_id).fs_uniquifier
    assert not identity.change(
        cast.anna.user_id, draft(name="Anna Berg", email=f" {DORA.upper()}"), by=cast.adam
    )
    found = accounts.find(cast.anna.user_id, by=cast.adam)
    assert (found.name, found.email) == ("Anna Berg", DORA)
    open_ones = select(SignIn).where(SignIn.user_id == cast.anna.user_id, SignIn.ended_at.is_(None))
    assert db.session.scalars(open_ones).all() == []
    assert db.session.get_one(User, cast.anna.user_id).fs_uniquifier != before
    assert [(to, AccountNotice.ADDRESS_LEFT.label in text) for to, text in mails(settings)] == [
        (ANNA, True), (DORA, False),
    ]  # fmt: skip
    line = audit_queries.read(by=cast.adam).lines[0]
    assert (line.action, line.detail) == ("user.changed", "name email")


def test_a_name_alone_signs_nobody_out(app, cast, settings):
    logins.begin(cast.anna.user_id, address="")
    identity.change(cast.anna.user_id, draft(name="Anna Berg"), by=cast.adam)
    open_ones = select(SignIn).where(SignIn.user_id == cast.anna.user_id, SignIn.ended_at.is_(None))
    assert len(db.session.scalars(open_ones).all()) == 1
    assert [to for to, _ in mails(settings)] == [ANNA]


def test_nobody_goes_round_their_own_password_as_an_administrator(app, cast):
    own = draft(name="Adam Administrator", email=DORA)
    with pytest.raises(InvalidError, match="your own account"):
        identity.change(cast.adam.user_id, own, by=cast.adam)
    with pytest.raises(InvalidError, match="already"):
        identity.ask_address(ADAM, password=PASSWORD, code="", link=str, by=cast.adam)


def test_who_may_not_manage_people_changes_nobody(app, cast):
    with pytest.raises(ForbiddenError):
        identity.change(cast.adam.user_id, draft(), by=cast.anna)
    with pytest.raises(NotFoundError):
        identity.change(cast.cleo.user_id, draft(), by=cast.adam)


def test_everything_wrong_is_telling_moment_once(app, cast):
    with pytest.raises(InvalidError) as refused:
        identity.change(
            cast.anna.user_id, draft(name=" ", email="x@", sign_in_name="a b"), by=cast.adam
        )
    assert fields(refused) == {"name", "email", "sign_in_name"}


def test_an_administrator_moves_no_patient(app, cast):
    ben = courses.account(cast.console, courses.treat(cast.console, email=BEN))
    with pytest.raises(InvalidError, match="a clinician changes"):
        identity.change(ben.user_id, draft(name="Ben", email=DORA), by=cast.adam)
    named = draft(name="Ben", email=BEN, sign_in_name="ben.m")
    identity.change(ben.user_id, named, by=cast.adam)
    assert accounts.find(ben.user_id, by=cast.adam).sign_in_name == "ben.m"


@pytest.mark.both_databases
def test_a_clinician_moves_a_patient_and_their_record_with_them(app, cast, settings):
    treated = courses.treat(cast.console, email=BEN)
    ben = courses.account(cast.console, treated)
    identity.change_patient(treated.patient_id, IdentityDraft(name="Ben", email=DORA), by=cast.anna)
    row = db.session.get_one(Patient, treated.patient_id, populate_existing=True)
    assert (row.email, accounts.find(ben.user_id, by=cast.adam).email) == (DORA, DORA)
    kept = db.session.scalars(
        select(PatientVersion.content).where(PatientVersion.patient_id == treated.patient_id)
    ).all()
    assert [content["email"] for content in kept] == [BEN]
    still_open = select(CheckInLink).where(CheckInLink.ended_at.is_(None))
    assert db.session.scalars(still_open).all() == []
    assert {to for to, _ in mails(settings)} == {BEN, DORA}
    with pytest.raises(NotFoundError):
        identity.change_patient(treated.patient_id, draft(email=BEN), by=cast.cleo)


@pytest.mark.both_databases
def test_a_patient_who_was_invited_under_a_mistyped_address_is_invited_anew(app, cast, settings):
    """Step 14: they could not be invited again, and nothing changed the address."""
    treated, links = courses.treat(cast.console, email=WRONG), Links()
    user_id = invitations.invite_patient(treated.patient_id, by=cast.anna)
    invitations.send(user_id, link=links, by=cast.anna)
    again = IdentityDraft(name="Ben Patient", email=BEN)
    assert identity.change_patient(treated.patient_id, again, by=cast.anna)
    with pytest.raises(NotFoundError):
        invitations.find(links.tokens[0])
    assert invitations.send(user_id, link=links, by=cast.anna)
    assert invitations.accept(links.tokens[1], PASSWORD, address="") == user_id
    assert accounts.find(user_id, by=cast.adam).state is AccountState.ACTIVE
    # Whoever has the mistyped address is told nothing of who was meant.
    assert [to for to, _ in mails(settings)] == [WRONG, BEN]


def test_a_colleague_who_never_accepted_is_invited_at_another_address(app, cast, settings):
    links = Links()
    invited = AccountDraft(name="Dora", email=WRONG, roles=frozenset({Role.CLINICIAN}))
    user_id = accounts.invite(invited, by=cast.adam)
    invitations.send(user_id, link=links, by=cast.adam)
    assert identity.change(user_id, draft(name="Dora", email=DORA), by=cast.adam)
    with pytest.raises(NotFoundError):
        invitations.find(links.tokens[0])


@pytest.mark.both_databases
def test_two_people_share_a_mailbox_when_each_has_a_name(app, cast):
    mother = courses.treat(cast.console, record_number="1", email=BEN)
    child = courses.treat(cast.console, record_number="2", email=BEN)
    first = invitations.invite_patient(mother.patient_id, by=cast.anna)
    with pytest.raises(InvalidError) as refused:
        invitations.invite_patient(child.patient_id, by=cast.anna)
    assert fields(refused) == {"email"}
    with pytest.raises(InvalidError, match="account of Ben Patient, which has no sign-in name"):
        invitations.invite_patient(child.patient_id, sign_in_name="child", by=cast.anna)
    named = IdentityDraft(name="Ben Patient", email=BEN, sign_in_name=" Mother ")
    identity.change_patient(mother.patient_id, named, by=cast.anna)
    with pytest.raises(InvalidError) as refused:
        invitations.invite_patient(child.patient_id, sign_in_name="MOTHER", by=cast.anna)
    assert fields(refused) == {"sign_in_name"}
    second = invitations.invite_patient(child.patient_id, sign_in_name="child", by=cast.anna)
    assert [user.id for user in mailboxes.find("mother")] == [first]
    assert [user.id for user in mailboxes.find("Child ")] == [second]
    assert {user.id for user in mailboxes.find(BEN.upper())} == {first, second}
    # Nobody who shares a mailbox is left without a name.
    with pytest.raises(InvalidError) as refused:
        identity.change_patient(
            child.patient_id, IdentityDraft(name="Ben Patient", email=BEN), by=cast.anna
        )
    assert fields(refused) == {"sign_in_name"}


@pytest.mark.parametrize("typed", ["", "x" * 300, "a\x00b", "a\nb@example.org", "nobody"])
def test_what_nobody_has_is_nobodys(app, cast, typed):
    assert mailboxes.find(typed) == []


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("ben.m", True), ("", True), ("  Ben_2 ", True), ("ab", False), ("ben@home", False),
        ("b\u00e9n", False), ("-ben", False), ("a" * 41, False), ("ben miller", False),
    ],
)  # fmt: skip
def test_a_sign_in_name_is_short_plain_and_no_address(typed, right):
    assert (sign_in_name.fault(typed) == "") is right


@pytest.mark.both_databases
def test_ones_own_address_changes_when_the_link_that_was_mailed_there_is_opened(
    app, cast, settings
):
    treated, links = courses.treat(cast.console, email=BEN), Links()
    ben = courses.account(cast.console, treated)
    logins.begin(ben.user_id, address="")
    identity.ask_address(DORA, password=PASSWORD, code="", link=links, by=ben)
    assert accounts.find(ben.user_id, by=cast.adam).email == BEN
    assert [to for to, _ in mails(settings)] == [DORA]
    assert identity.find_asked(links.tokens[0]) == DORA
    identity.confirm_address(links.tokens[0], address="")
    assert accounts.find(ben.user_id, by=cast.adam).email == DORA
    assert db.session.get_one(Patient, treated.patient_id, populate_existing=True).email == DORA
    with pytest.raises(NotFoundError):
        identity.find_asked(links.tokens[0])
    assert [to for to, _ in mails(settings)] == [DORA, BEN, DORA]


def test_nobody_learns_by_asking_whether_an_address_has_an_account(app, cast, settings):
    ben, links = courses.account(cast.console, courses.treat(cast.console)), Links()
    for wanted in (ADAM, DORA):
        identity.ask_address(wanted, password=PASSWORD, code="", link=links, by=ben)
    told = dict(mails(settings))
    assert AccountNotice.ADDRESS_IN_USE.label in told[ADAM]
    assert not re.search("http", told[ADAM])
    assert "http" in told[DORA]


def test_a_wrong_password_changes_nothing_and_counts(app, cast, settings):
    ben = courses.account(cast.console, courses.treat(cast.console))
    for _ in range(5):
        with pytest.raises(InvalidError) as refused:
            identity.ask_address(DORA, password="wrong", code="", link=str, by=ben)
        assert fields(refused) == {"password"}
    with pytest.raises(InvalidError, match="closed for a while"):
        identity.ask_address(DORA, password=PASSWORD, code="", link=str, by=ben)
    assert mails(settings) == []


def test_whoever_has_a_second_step_gives_its_code_too(app, cast):
    row = db.session.get_one(User, cast.anna.user_id)
    row.tf_primary_method, row.tf_totp_secret = "authenticator", None
    db.session.commit()
    with pytest.raises(InvalidError) as refused:
        identity.ask_address(DORA, password=PASSWORD, code="", link=str, by=cast.anna)
    assert fields(refused) == {"code"}


def test_people_change_their_own_name(app, cast, settings):
    identity.rename_self(" Anna Berg ", by=cast.anna)
    assert accounts.find(cast.anna.user_id, by=cast.adam).name == "Anna Berg"
    assert [to for to, _ in mails(settings)] == [ANNA]
    with pytest.raises(InvalidError, match="Give your name"):
        identity.rename_self(" ", by=cast.anna)


@pytest.mark.parametrize("name", ["Anna Clinician", "CLINICIAN, Anna RN", "\u0410nna Clinician"])
def test_nobody_takes_the_name_of_a_colleague(app, cast, name):
    with pytest.raises(InvalidError) as refused:
        identity.rename_self(name, by=cast.adam)
    assert fields(refused) == {"name"}
    access_changes.disable(cast.anna.user_id, reason="Left", by=cast.adam)
    with pytest.raises(InvalidError):  # records say who signed them for years
        identity.rename_self(name, by=cast.adam)


def test_what_somebody_of_the_staff_was_called_stays_with_their_account(app, cast):
    identity.rename_self("Anna Berg", by=cast.anna)
    [kept] = access_changes.history(cast.anna.user_id, by=cast.adam)
    assert (kept.by_name, kept.action) == ("Anna Clinician", "user.changed")
    assert kept.reason == "Their own name, which is Anna Berg now"


def test_a_patient_may_be_called_as_somebody_of_the_staff_is(app, cast):
    ben = courses.account(cast.console, courses.treat(cast.console))
    identity.rename_self("Anna Clinician", by=ben)
    assert access_changes.history(ben.user_id, by=cast.adam) == []


@pytest.mark.both_databases
def test_two_who_take_one_name_at_once_do_not_both_get_it(app, cast):
    told, together = [], threading.Barrier(2)

    def rename(by):
        with app.app_context():
            together.wait()
            try:
                told.append(identity.rename_self("Zoe Zero", by=by))
            except InvalidError as error:
                told.append(error.problems[0].field)
            db.session.remove()

    threads = [threading.Thread(target=rename, args=(by,)) for by in (cast.anna, cast.adam)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [None, "name"]
