"""A session at the chair: furnish one, write on its page, look into what the browser keeps."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from tests.journeys.serving import Served
from tracker import config, create_app
from tracker.domain.access import Actor, Role
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.live.entries import Entry
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesDraft
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.demo import clinic as demo_clinic
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.patients import commands as patient_commands
from tracker.services.people import accounts, logins
from tracker.services.series import commands as series_commands

TABLET = {"width": 1024, "height": 768}
UPRIGHT = {"width": 768, "height": 1024}
FAMILY_NAME = "Quillfeather"  # must never be found in the clear in a browser's stores
MAYA = demo_clinic.OFFERS[0].email
IV, NASAL = (Drug.KETAMINE, Route.IV, 35), (Drug.ESKETAMINE, Route.NASAL, 56)
NOTE = "warm blanket asked for"
SAVED = "All saved"
TRUE_WITHIN_SECONDS = 2.0
STARTED_WITHIN_MS = 20_000  # a busy machine opens a browser's store late
GATE = {
    "before_systolic_mmhg": "121", "before_diastolic_mmhg": "79", "before_spo2_percent": "98",
    "weight_kg": "70", "dose_checked_by": "Nurse Otis", "escort_name": "Maria",
}  # fmt: skip
DISCHARGE = {"escort_name": "Maria", "escort_relation": "sister"}
COMMENT = "Looked at; it is as it should be."

# Everything that the page's stores hold, as text: bytes become the characters of the same number.
STORES = """async () => {
  const asText = (value) => JSON.stringify(value, (_, inner) =>
    inner instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(inner)) :
    ArrayBuffer.isView(inner) ? String.fromCharCode(...inner) :
    inner instanceof CryptoKey ? `key, extractable: ${inner.extractable}` : inner);
  const found = {};
  for (const { name, version } of await indexedDB.databases()) {
    const base = await new Promise((resolve) => {
      const request = indexedDB.open(name, version);
      request.onsuccess = () => resolve(request.result);
    });
    for (const store of base.objectStoreNames) {
      const rows = await new Promise((resolve) => {
        const request = base.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
      });
      found[`${name}.${store}`] = rows.map(asText);
    }
    base.close();
  }
  return found;
}"""
CACHED = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found[new URL(request.url).pathname] = await (await cache.match(request)).text();
    }
  }
  return found;
}"""
WORKER_IS_READY = """async (part) => {
  const registration = await navigator.serviceWorker.ready;
  const keeps = async () => {
    const kept = (await caches.has(part)) ? await (await caches.open(part)).keys() : [];
    return registration.active && kept.length > 20;
  };
  while (!(await keeps())) await new Promise((resolve) => setTimeout(resolve, 50));
}"""

# A store that cannot be opened, as on a full device or where a browser bars it.
BARRED = """() => {
  IDBFactory.prototype.open = () => { throw new DOMException('barred', 'UnknownError'); };
}"""
KINDS = "indexeddb,local_storage,cache_storage,service_workers"


@dataclass(frozen=True)
class Chair:
    """A session under way."""

    session_id: int

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"/sessions/{self.session_id}/live/"


class Clinic:
    """The served clinic's database, furnished and read beside its server."""

    def __init__(self, served: Served) -> None:
        self.app = create_app(settings=config.read(served.instance, {}))

    @contextmanager
    def by(self, email: str = MAYA) -> Iterator[Actor]:
        """Act as a clinician of the demonstration."""
        with self.app.app_context():
            clinic_id = db.session.scalar(select(Patient.clinic_id).limit(1))
            console = clinics.console(clinic_id)
            yield logins.actor_of(accounts.find_by_email(email, by=console).id)

    def clinician(self, name: str) -> str:
        """Enrol one more clinician and return the e-mail; the password is the demonstration's."""
        email = f"{secrets.token_hex(4)}@demo.example"
        with self.by() as somebody:
            console = clinics.console(somebody.clinic_id)
            accounts.enrol(
                name=name,
                email=email,
                roles=[Role.CLINICIAN],
                password=demo_clinic.PASSWORD,
                by=console,
            )
        return email

    def planned(self, drug: Drug, route: Route, dose_mg: int) -> int:
        """Plan a session today for a new patient and return its id."""
        with self.by() as clinician:
            today = clock.today(clinics.view(clinician.clinic_id).zone)
            person = PatientDraft(
                record_number=f"C-{secrets.token_hex(4)}",
                given_name="Ada",
                family_name=FAMILY_NAME,
            )
            patient_id = patient_commands.add(person, by=clinician)
            plan = SeriesDraft(
                indication=Indication.DEPRESSION, drug=drug, route=route, phase=Phase.INDUCTION,
                starts_on=today, planned_dose_mg=Decimal(dose_mg), session_count=2, days_apart=3,
            )  # fmt: skip
            reason = "Assessed elsewhere, letter in the file."
            series_id = series_commands.plan(
                patient_id, plan, by=clinician, eligibility_reason=reason
            )
            wanted = select(TreatmentSession.id).where(TreatmentSession.series_id == series_id)
            return db.session.scalars(wanted.order_by(TreatmentSession.number)).first()

    def under_way(self, drug: Drug, route: Route, dose_mg: int) -> Chair:
        """Begin a session of a new patient."""
        session_id = self.planned(drug, route, dose_mg)
        with self.by() as clinician:
            live_commands.begin(session_id, by=clinician)
        return Chair(session_id)

    def state(self, chair: Chair) -> str:
        """Say how a session stands."""
        with self.app.app_context():
            return db.session.get_one(TreatmentSession, chair.session_id).state

    def log(self, chair: Chair) -> list[Entry]:
        """Read what the database holds of a session, in the order of arrival."""
        with self.app.app_context():
            return entry_log.of_session(chair.session_id)


@dataclass
class Written:
    """What was written on a page, in order: its words in the log and the instant of Save."""

    words: str
    at: datetime


class Nurse:
    """Somebody who writes at a chair, and remembers what and when."""

    def __init__(self, page: Page, chair: Chair) -> None:
        self.page = page
        self.chair = chair
        self.written: list[Written] = []

    def go(self) -> None:
        """Open the page and wait until it can be written on."""
        self.page.goto(self.chair.path)
        expect(self.state).not_to_have_text("Loading", timeout=STARTED_WITHIN_MS)

    @property
    def state(self) -> Locator:
        """How what was written stands."""
        return self.page.locator("[data-state]")

    @property
    def lines(self) -> Locator:
        """The lines of the log, newest first."""
        return self.page.locator(".log-line")

    def act(self, line: Locator, name: str) -> None:
        """Open the menu of a line, and press one of its buttons."""
        menu = line.locator("[data-log-menu]")
        if menu.get_attribute("aria-expanded") == "false":
            menu.tap()
        line.get_by_role("button", name=name).tap()

    def press(self, name: str) -> None:
        """Press a button of the page by the words it begins with."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.tap()

    def save(self, words: str) -> None:
        """Press Save, and see the words in the log."""
        before = self.lines.filter(has_text=words).count()
        self.written.append(Written(words, clock.now()))
        self.page.locator("form.chair-sheet:visible").get_by_role("button", name="Save").tap()
        expect(self.lines.filter(has_text=words)).to_have_count(before + 1)

    def reading(self, *numbers: int, sedation: int | None = None, save: bool = True) -> None:
        """Two taps and the numbers: the focus moves on by itself."""
        self.press("Reading")
        for number in numbers:
            self.page.keyboard.type(str(number))
        if sedation is not None:
            self.page.locator(f"#reading-sedation-{sedation}").check()
        if save:
            self.save(f"BP {numbers[0]}/{numbers[1]}")

    def infusion(self, button: str, words: str, **numbers: str) -> None:
        """Do something with the infusion."""
        self.press(button)
        for name, value in numbers.items():
            self.page.fill(f"#infusion-{name}", value)
        self.save(words)

    def dissociation(self, mark: str, strength: int) -> None:
        """Mark a point in the course of dissociation."""
        self.press("Dissociation")
        self.page.get_by_role("radio", name=mark).check()
        self.page.locator(f"#dissociation-strength-{strength}").check()
        self.save(f"{mark}, {strength} of 10")

    def note(self, words: str) -> None:
        """Write a note."""
        self.press("Note")
        self.page.fill("#note-text", words)
        self.save(words)

    def check(self, link: str, button: str, fields: dict[str, str]) -> None:
        """Fill a checklist in from the page: what is amber or missing gets its comment."""
        self.page.get_by_role("link", name=link, exact=True).tap()
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.page.get_by_role("button", name=button).tap()
        self.page.locator(".remark textarea").first.wait_for()
        for comment in self.page.locator(".remark textarea").all():
            comment.fill(COMMENT)
        self.page.get_by_role("button", name=button).tap()

    def begin(self) -> None:
        """Begin the session from its own page, and do the checks before it."""
        self.page.goto(f"/sessions/{self.chair.session_id}/")
        self.page.get_by_role("button", name="Begin").tap()
        self.check("Checks before", "Save the checks", GATE)
        self.page.wait_for_url(f"**{self.chair.path}")
        expect(self.lines.filter(has_text="Checks before: filled in")).to_have_count(1)

    def sign(self) -> None:
        """Do the checks before leaving, and sign."""
        self.page.goto(self.chair.path)
        self.all_saved()
        self.check("Checks before leaving", "Save the checks", DISCHARGE)
        sign = self.page.get_by_role("button", name="Sign", exact=True)
        sign.wait_for()
        for comment in self.page.locator("textarea[name=said]").all():
            if not comment.input_value():
                comment.fill(COMMENT)
        sign.tap()
        self.page.wait_for_url(f"**/sessions/{self.chair.session_id}/")

    def all_saved(self, timeout_ms: int = 15_000) -> None:
        """Wait until the page says that everything was saved."""
        expect(self.state).to_have_text(SAVED, timeout=timeout_ms)


def nurse_at(page: Page, clinic: Clinic, session=IV) -> Nurse:
    """Open the page of a session that has just begun, as the clinician who is in."""
    nurse = Nurse(page, clinic.under_way(*session))
    nurse.go()
    return nurse


def ready_to_lose_the_server(page: Page, part: str = "chair") -> None:
    """Wait until the browser keeps what it needs to go on alone, at the chair or as a patient."""
    page.evaluate(WORKER_IS_READY, part)


def stores(page: Page) -> dict[str, list[str]]:
    """Read everything the page's databases hold, as text."""
    return page.evaluate(STORES)


def cached(page: Page) -> dict[str, str]:
    """Read everything the page's caches hold."""
    return page.evaluate(CACHED)


def sign_in_as(context: BrowserContext, email: str) -> Page:
    """Sign a clinician in, in a browser of their own."""
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", demo_clinic.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def assert_true(nurse: Nurse, log: list[Entry], words_of) -> None:
    """Everything this nurse wrote is there once, in order, with the time it was written at."""
    told = [(words_of(entry), entry.at) for entry in log]
    mine = [pair for pair in told if any(one.words in pair[0] for one in nurse.written)]
    assert len(mine) == len(nurse.written), (mine, nurse.written)
    for (words, at), wrote in zip(mine, nurse.written, strict=True):
        assert wrote.words in words
        assert abs((at - wrote.at).total_seconds()) <= TRUE_WITHIN_SECONDS, (words, at, wrote.at)


def clear_site(page: Page) -> None:
    """Throw away what the browser holds of this site, as its settings and a full phone do."""
    devtools = page.context.new_cdp_session(page)
    origin = page.evaluate("location.origin")
    devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": KINDS})
