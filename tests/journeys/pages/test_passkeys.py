"""Passkeys in a real browser: added, asked for after the password, used alone, and removed."""

from collections.abc import Iterator

import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.answering import Database
from tests.journeys.steps.looking import faults_of
from tests.people import PASSWORD
from tracker.domain.access import Actor, Role
from tracker.services.clinic import clinics
from tracker.services.people import accounts, logins

KIM = "kim@example.org"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def administrator(served: Served) -> Iterator[Actor]:
    """Somebody who sets the clinic up, while Kim has an account there."""
    database = Database(served)
    with database.app.app_context():
        console = clinics.console(clinics.only().id)

        def enrol(name: str, email: str, role: Role) -> int:
            return accounts.enrol(
                name=name, email=email, roles=[role], password=PASSWORD, by=console
            )

        enrol("Kim Carrier", KIM, Role.CLINICIAN)
        yield logins.actor_of(enrol("Ada Keys", "ada-keys@example.org", Role.ADMINISTRATOR))


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Page]:
    """A phone that keeps passkeys, at the name that browsers trust."""
    context = browser.new_context(base_url=f"http://localhost:{served.port}", viewport=PHONE)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()


def allow_alone(administrator: Actor, *, allow: bool) -> None:
    draft, version = clinics.draft(by=administrator)
    changed = structs.replace(draft, passkeys_alone=allow)
    clinics.change_settings(changed, version=version, by=administrator)


def give_password(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", KIM)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_a_passkey_from_the_first_to_the_last_day(phone: Page, administrator: Actor) -> None:
    give_password(phone)
    phone.wait_for_url("**/today/")
    phone.goto("/account/")
    phone.get_by_role("link", name="Add one").click()
    phone.get_by_role("textbox", name="Name").fill("Kim’s phone")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("heading", name="Recovery codes")).to_be_visible()
    phone.get_by_role("button", name="I have kept them").click()
    phone.goto("/account/")
    expect(phone.get_by_role("rowheader", name="Kim’s phone")).to_be_visible()

    phone.goto("/account/passkeys/new")  # the device has one already, and says so
    phone.get_by_role("textbox", name="Name").fill("Once more")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("alert")).to_contain_text("has a passkey for your account already")

    sign_out(phone)
    give_password(phone)
    expect(phone.get_by_role("heading", name="Second step")).to_be_visible()
    assert faults_of(phone) == []
    phone.get_by_role("button", name="Use my passkey").click()
    phone.wait_for_url("**/today/")

    sign_out(phone)
    allow_alone(administrator, allow=True)
    try:
        phone.goto("/sign-in")
        phone.get_by_role("link", name="Sign in with a passkey").click()
        assert faults_of(phone) == []
        phone.get_by_role("button", name="Use my passkey").click()
        phone.wait_for_url("**/today/")
    finally:
        allow_alone(administrator, allow=False)

    phone.goto("/account/")
    phone.get_by_role("link", name="Remove Kim’s phone").click()
    phone.get_by_role("button", name="Remove it").click()
    expect(phone.get_by_text("The passkey is removed")).to_be_visible()
    sign_out(phone)
    give_password(phone)
    phone.wait_for_url("**/today/")


def test_where_no_passkey_is_used_the_page_says_so_and_stays(
    browser: Browser, served: Served, administrator: Actor
) -> None:
    allow_alone(administrator, allow=True)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    try:
        page.goto(f"{served.url}/sign-in/passkey")  # a number
        expect(page.get_by_role("alert")).to_contain_text(f"http://localhost:{served.port}/")
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})  # with none on it
        page.goto(f"http://localhost:{served.port}/sign-in/passkey")
        page.get_by_role("button", name="Use my passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    finally:
        context.close()
        allow_alone(administrator, allow=False)
