"""What changes an account: its address, its roles, whether it is open; each asked about first."""

import dataclasses
from datetime import timedelta

import time_machine

from tests.browsing import Browser
from tests.builders import courses
from tests.people import ADAM, ANNA, BEN
from tests.web.people.test_routes import DORA, NEW, accept, latest_link
from tracker import create_app
from tracker.domain.access import Role
from tracker.services import clock
from tracker.services.people import accounts, invitations


def test_changing_roles_signs_out_and_counts_at_once(browse, cast):
    anna, adam = browse(ANNA), browse(ADAM)
    path = f"/people/{cast.anna.user_id}/"
    adam.open(f"{path}roles")
    both = {"roles": ["clinician", "administrator"], "reason": "She runs the clinic in May"}
    adam.send(f"{path}roles", both, expect=303)
    adam.open(path)
    assert "Roles changed Adam Administrator She runs the clinic in May" in adam.page.text
    anna.open("/account/", expect=302)
    browse(ANNA).open("/people/")


def test_nobody_changes_their_own_roles(browse, cast):
    adam = browse(ADAM)
    path = f"/people/{cast.adam.user_id}/"
    adam.open(f"{path}roles")
    both = {"roles": ["administrator", "clinician"], "reason": "I want to"}
    adam.send(f"{path}roles", both, expect=422)
    assert "Ask another administrator" in adam.page.text
    for act in ("disable", "reset-second-step"):
        adam.send(f"{path}{act}", {"reason": "I want to"}, expect=422)


def test_the_buttons_do_what_they_say(browse, cast):
    adam = browse(ADAM)
    path = f"/people/{cast.anna.user_id}/"
    for act, said in (
        ("disable", "Disabled"), ("enable", "Enabled again"), ("reset-second-step", "set up anew"),
    ):  # fmt: skip
        adam.open(f"{path}{act}")
        adam.send(f"{path}{act}", {"reason": " "}, expect=422)
        assert "Say why" in adam.page.text
        adam.send(f"{path}{act}", {"reason": "Asked on the phone"}, expect=303)
        adam.follow()
        assert said in adam.page.text
        assert "Asked on the phone" in adam.page.text
    adam.send(path, {"act": "unlock"}, expect=303)
    adam.follow()
    assert "Unlocked" in adam.page.text
    adam.send(path, {"act": "promote"}, expect=400)
    adam.open(f"{path}promote", expect=404)


def test_a_mistyped_address_is_mended_and_the_invitation_goes_to_the_new_one(
    browse, settings, cast
):
    treated = courses.treat(cast.console, email="benn@example.org")
    anna = browse(ANNA)
    address = f"/patients/{treated.patient_id}/invite"
    anna.open(address)
    anna.send(address, {}, expect=303)
    old = latest_link(settings)
    page = f"/patients/{treated.patient_id}/"
    anna.open(page)
    account = f"{page}account"
    assert account in anna.page.links
    anna.open(account)
    assert "mailed to benn@example.org and is not accepted yet" in anna.page.text
    anna.send(account, {"name": "Ben Patient", "email": "ben@"}, expect=422)
    assert anna.page.value("email") == "ben@"
    anna.send(account, {"name": "Ben Patient", "email": BEN}, expect=303)
    anna.follow()
    assert "the invitation is a file in the folder mail" in anna.page.text
    Browser(browse.app).open(old, expect=404)
    accepted = accept(browse, latest_link(settings))
    accepted.open("/my/")  # signed in at once


def test_whoever_sets_a_first_password_is_led_to_the_second_step_where_it_is_asked_for(
    settings, cast
):
    app = create_app(settings=dataclasses.replace(settings, staff_second_factor=True))
    user_id = accounts.invite(
        accounts.AccountDraft(name="D", email=DORA, roles=frozenset({Role.CLINICIAN})),
        by=cast.console,
    )
    tokens: list[str] = []
    invitations.send(user_id, link=lambda token: tokens.append(token) or token, by=cast.console)
    browser = Browser(app)
    browser.open(f"/welcome/{tokens[0]}")
    browser.send(f"/welcome/{tokens[0]}", {"password": NEW, "password_confirm": NEW})
    assert browser.response.headers["Location"] == "/second-step/set-up"


def test_an_administrator_changes_what_a_colleague_signs_in_by(browse, cast):
    adam = browse(ADAM)
    path = f"/people/{cast.anna.user_id}/"
    adam.open(f"{path}change")
    typed = {"name": "Anna Berg", "email": DORA, "sign_in_name": "Anna.B"}
    adam.send(f"{path}change", typed | {"email": "anna@"}, expect=422)
    adam.send(f"{path}change", typed, expect=303)
    adam.follow()
    for words in ("Anna Berg", DORA, "anna.b"):
        assert words in adam.page.text
    browse("anna.b").open("/account/")


def test_a_patients_account_gets_no_role_of_the_staff(browse, cast):
    ben = courses.account(cast.console, courses.treat(cast.console, email=BEN))
    adam = browse(ADAM)
    path = f"/people/{ben.user_id}/"
    assert "a second account" in adam.open(path).text
    assert f"{path}roles" not in adam.page.links
    adam.open(f"{path}roles")
    adam.send(f"{path}roles", {"roles": ["administrator"], "reason": "Helps out"}, expect=422)
    assert "a second account, by an invitation of its own" in adam.page.text


def test_other_roles_ask_for_the_password_again(browse, cast):
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        adam = browse(ADAM)
        path = f"/people/{cast.anna.user_id}/roles"
        adam.open(path)
        for minutes in (10, 20, 31):
            at.move_to(start + timedelta(minutes=minutes))
            adam.client.get("/account/")
        wanted = {"roles": ["administrator"], "reason": "Asked for"}
        adam.send(path, wanted, expect=302)
        assert adam.response.headers["Location"].startswith("/sign-in/again")
        assert accounts.find(cast.anna.user_id, by=cast.adam).roles == (Role.CLINICIAN,)
