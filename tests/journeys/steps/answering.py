"""Answering a check-in with a thumb, and looking into the clinic's database beside its server."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.builders.check_ins import ask, link_to
from tests.journeys.conftest import Served
from tests.journeys.steps import looking
from tests.journeys.steps.chair import stores
from tracker import config, create_app
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.patients import Patient
from tracker.services.clinic import clinics

SETTLED_MS = 400  # a second tap sooner than that is taken for a slip


class Database:
    """What the served clinic holds, read and furnished beside its server."""

    def __init__(self, served: Served) -> None:
        self.app = create_app(settings=config.read(served.instance, {}))

    def check_in(self, *instruments: str) -> tuple[int, str]:
        """Ask the patient who can sign in, and no check-in beside it; return its id and link."""
        with self.app.app_context():
            patient = db.session.scalars(select(Patient).where(Patient.user_id.is_not(None))).one()
            console = clinics.console(patient.clinic_id)
            made = ask(console, patient.id, *instruments)
            return made, link_to(console, made)

    def scores(self, check_in_id: int) -> list[Assessment]:
        """The scores made of a check-in."""
        with self.app.app_context():
            wanted = select(Assessment).where(Assessment.check_in_id == check_in_id)
            return list(db.session.scalars(wanted))

    def state(self, check_in_id: int) -> str:
        """How a check-in stands."""
        with self.app.app_context():
            return db.session.get_one(CheckIn, check_in_id).state

    def alert(self, check_in_id: int) -> int:
        """The one alert that the answers to a check-in raised."""
        with self.app.app_context():
            replies = select(Reply.id).where(Reply.check_in_id == check_in_id)
            return db.session.scalars(select(Alert.id).where(Alert.reply_id.in_(replies))).one()

    def trail(self, check_in_id: int) -> list[tuple[str, str]]:
        """What the trail tells of a check-in and of what came of it: the deed and who did it."""
        with self.app.app_context():
            scores = select(Assessment.id).where(Assessment.check_in_id == check_in_id)
            found = list(db.session.scalars(scores))
            wanted = select(Alert.id).where(Alert.assessment_id.in_(found))
            about = [f"check-in:{check_in_id}", *(f"score:{one}" for one in found)]
            about += [f"alert:{one}" for one in db.session.scalars(wanted)]
            lines = select(AuditEvent.action, AuditEvent.actor, AuditEvent.detail).where(
                AuditEvent.subject.in_(about)
            )
            return [tuple(row) for row in db.session.execute(lines.order_by(AuditEvent.sequence))]


class Thumb:
    """Taps, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def press(self, name: str) -> None:
        """Tap a button or a link."""
        self.taps += 1
        button = self.page.get_by_role("button", name=name, exact=True)
        button.or_(self.page.get_by_role("link", name=name, exact=True)).first.tap()

    def choose(self, answer: str) -> None:
        """Tap an answer of the question on the screen."""
        self.page.wait_for_timeout(SETTLED_MS)
        self.taps += 1
        self.page.get_by_role("radio", name=answer, exact=True).tap()


def question(page: Page, number: int) -> None:
    """Wait for a question to stand on the screen, alone and in focus."""
    group = page.get_by_role("group", name=re.compile(f"^Question {number} of 9"))
    expect(group).to_be_visible()
    expect(page.locator("fieldset:visible")).to_have_count(1)
    expect(group.locator("[data-question-text]")).to_be_focused()


def faults_of(page: Page) -> list[str]:
    """What axe minds, small targets and sideways scrolling."""
    found = looking.faults_of(page)
    small = page.eval_on_selector_all(
        "main :is(button, .choice, a.btn, .link-button)",
        """all => all.filter(one => one.checkVisibility())
                  .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
                  .filter(([, box]) => box.height < 44 || box.width < 44).map(([text]) => text)""",
    )
    return found + [f"small: {text}" for text in small]


def begin(page: Page, check_in_id: int) -> Thumb:
    """Begin a check-in as the patient, who is in."""
    page.goto(f"/answers/{check_in_id}/")
    thumb = Thumb(page)
    thumb.press("Begin")
    expect(page.locator("form.answers-live")).to_be_visible()
    return thumb


def waiting_keys(page: Page) -> list[str]:
    """What waits in the browser to be sent, as text: sealed, so that nobody can read it."""
    return stores(page).get("answers.entries", [])
