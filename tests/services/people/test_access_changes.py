"""What is done to somebody's way in: with a reason, told to them, and never to the last one."""

import threading

import pytest

from tests.builders import courses
from tests.people import ANNA
from tracker.domain.access import Role
from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.models import db
from tracker.services.calendar import feeds
from tracker.services.people import access_changes, accounts, logins
from tracker.services.people.accounts import AccountDraft

WHY = "Left on 1 May"


def promote(cast) -> None:
    access_changes.set_roles(
        cast.anna.user_id, [Role.CLINICIAN, Role.ADMINISTRATOR], reason=WHY, by=cast.adam
    )


@pytest.mark.both_databases
def test_each_wants_a_reason_which_stays_with_the_account(app, cast):
    for do in (access_changes.disable, access_changes.enable, access_changes.reset_second_factor):
        for nothing in ("", " \u200b"):
            with pytest.raises(InvalidError) as refused:
                do(cast.anna.user_id, reason=nothing, by=cast.adam)
            assert [problem.field for problem in refused.value.problems] == ["reason"]
        do(cast.anna.user_id, reason=f" {WHY} ", by=cast.adam)
    kept = access_changes.history(cast.anna.user_id, by=cast.adam)
    assert {(one.action, one.by_name, one.reason) for one in kept} == {
        (f"user.{what}", "Adam Administrator", WHY)
        for what in ("disabled", "enabled", "second-factor-reset")
    }


def test_the_person_is_written_to_without_the_reason(app, cast, settings):
    access_changes.disable(cast.anna.user_id, reason=WHY, by=cast.adam)
    [path] = settings.mail_folder.iterdir()
    text = path.read_text().replace("=\n", "")
    assert f"To: {ANNA}" in text
    assert AccountNotice.DISABLED.label in text
    assert WHY not in text


def test_nobody_is_written_to_about_an_account_that_they_never_opened(app, cast, settings):
    draft = AccountDraft(name="D", email="d@example.org", roles=frozenset({Role.CLINICIAN}))
    access_changes.disable(accounts.invite(draft, by=cast.adam), reason=WHY, by=cast.adam)
    assert not list(settings.mail_folder.glob("*"))


def test_a_patient_never_becomes_staff(app, cast):
    ben = courses.account(cast.console, courses.treat(cast.console))
    for roles in ([Role.PATIENT, Role.ADMINISTRATOR], [Role.CLINICIAN]):
        with pytest.raises(InvalidError, match="second account"):
            access_changes.set_roles(ben.user_id, roles, reason=WHY, by=cast.adam)
    assert accounts.find(ben.user_id, by=cast.adam).roles == (Role.PATIENT,)


def test_an_administrator_who_was_only_invited_is_none_yet(app, cast):
    draft = AccountDraft(name="D", email="d@example.org", roles=frozenset({Role.ADMINISTRATOR}))
    accounts.invite(draft, by=cast.adam)
    with pytest.raises(InvalidError, match="only administrator who can sign in"):
        access_changes.disable(cast.adam.user_id, reason=WHY, by=cast.console)


@pytest.mark.both_databases
def test_two_administrators_who_shut_each_other_out_leave_one(app, cast):
    promote(cast)
    anna = logins.actor_of(cast.anna.user_id)
    told, together = [], threading.Barrier(2)

    def shut_out(whom, by):
        with app.app_context():
            together.wait()
            try:
                told.append(access_changes.disable(whom.user_id, reason=WHY, by=by))
            except InvalidError as error:
                told.append(error.problems[0].field)
            db.session.remove()

    threads = [
        threading.Thread(target=shut_out, args=pair)
        for pair in ((anna, cast.adam), (cast.adam, anna))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [None, "roles"]


@pytest.mark.both_databases
def test_the_secret_address_of_a_calendar_ends_with_the_right_to_it(app, cast):
    """Whoever has the address would read on as soon as the account is open again."""

    def disable():
        access_changes.disable(cast.anna.user_id, reason=WHY, by=cast.adam)
        access_changes.enable(cast.anna.user_id, reason=WHY, by=cast.adam)

    def move():
        for role in (Role.ADMINISTRATOR, Role.CLINICIAN):
            access_changes.set_roles(cast.anna.user_id, [role], reason=WHY, by=cast.adam)

    for change in (disable, move):
        token = feeds.make(by=cast.anna)
        assert feeds.read(token, address="").text
        change()
        with pytest.raises(NotFoundError):
            feeds.read(token, address="")
    token = feeds.make(by=cast.anna)
    promote(cast)
    assert feeds.read(token, address="").text
