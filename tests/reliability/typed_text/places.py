"""A served clinic with every form that takes free text, and where each person finds each form."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

from sqlalchemy import delete, select, update
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.builders import merges
from tests.builders.patients import a_patient
from tests.databases import ENVIRON
from tests.journeys.serving import Served, serving
from tests.people import ADAM, ANNA, BEN
from tests.reliability.bad_input import forms as bad_forms
from tests.reliability.bad_input.bench import Bench
from tests.reliability.bad_input.fields import Form, Reader
from tests.reliability.editors.scenes import SCENES
from tests.web.drafts.every_form import CREATES, EDITS, STEPS
from tracker.models import db
from tracker.models.diary import DiaryEntry
from tracker.models.drafts import Draft
from tracker.models.users import SignIn, User
from tracker.services import clock
from tracker.services.drafts import NEVER_KEPT
from tracker.web.drafts import declared
from tracker.web.drafts.declared import FORMS, Does

PEOPLE = (BEN, ANNA, ADAM)
# Made one after another in one clinic, so that the pages of every state are there at once.
STATES = ("complete", "struck out", "given", "no account", "extra")
# Written down entry by entry at the chair, and sealed in the browser: tests/journeys/test_chair.py.
AT_THE_CHAIR = {"live.append"}

# Numbers, days and times are typed as text too, and as strictly read: decision 0039.
TYPED = {"text", "number", "day", "time"}
# A secret, and the search of another patient on a page whose form comes after it.
NOT_WORDS = NEVER_KEPT | {"q"}


@dataclass(frozen=True)
class Place:
    """A form at its page for somebody: where, where to, and the fields that free text goes into."""

    who: str
    endpoint: str
    path: str
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say which form this is."""
        return f"{self.who.partition('@')[0]} {self.endpoint}"


class Clinic:
    """The bench, served by a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.left_out: dict[str, str] = {}
        paths = self._furnish()
        self.places = list(self._find(paths))

    def _furnish(self) -> list[str]:
        """Bring the records into every state that has a form of its own; list where those are."""
        found = []
        with self.bench.app.app_context():
            for name in STATES:
                found.append(SCENES[name](self.bench).path)
            two = merges.two_records(self.bench.scene.cast)
            merges.put_together(two, self.bench.scene.cast.anna)
            found.append(f"/patients/{two.merged.patient_id}/take-apart")
            one, other = (a_patient(self.bench.scene.cast.anna, name) for name in ("N-20", "N-21"))
            found.append(f"/patients/{one}/merge/{other}")
            yesterday = SCENES["yesterday"](self.bench).path
            self.bench.close()
        other = self.bench.scene.patients["olive"]
        session_id = yesterday.split("/")[3]
        return [*filter(None, found), yesterday, f"/sessions/{session_id}/transfer?patient={other}"]

    def _find(self, more: list[str]) -> Iterator[Place]:
        met = set[tuple[str, str, tuple[str, ...]]]()
        asked = [(who, path) for who, _, path in bad_forms.pages(self.bench) if who in PEOPLE]
        asked += [(who, path) for who in PEOPLE for path in more]
        for who, path in asked:
            answer = self.bench.browser(who).client.get(path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for form in Reader(answer.text, path).forms:
                place = self._place(who, path, form)
                if place and (who, place.endpoint, place.names) not in met:
                    met.add((who, place.endpoint, place.names))
                    yield place

    def _place(self, who: str, path: str, form: Form) -> Place | None:
        words = (one.name for one in form.fields.values() if one.kind in TYPED)
        names = tuple(name for name in words if name not in NOT_WORDS)
        target = urlsplit(urljoin(path, form.action)).path
        try:
            endpoint, _ = self.bench.app.url_map.bind("localhost").match(target, form.method)
        except (HTTPException, RequestRedirect):
            return None
        known = FORMS.get(endpoint)
        if not names or known is None or known.does in {Does.SEARCHES, Does.KEEPS}:
            return None
        why = declared.why_not_kept(endpoint) or ("the chair" if endpoint in AT_THE_CHAIR else "")
        if why or endpoint.startswith("account."):
            self.left_out[endpoint] = why or "one's own account: passwords are typed there"
            return None
        return Place(who, endpoint, path, names)

    @property
    def missing(self) -> list[str]:
        """Name what is declared and asks for words, and was found on no page."""
        walked = {place.endpoint for place in self.places}
        return sorted((CREATES.keys() | EDITS.keys() | STEPS.keys()) - walked)

    def end_sign_ins(self, who: str) -> None:
        """Let an hour pass in which somebody did nothing."""
        hour_ago = clock.now() - timedelta(hours=1)
        with self.bench.app.app_context():
            user_id = select(User.id).where(User.email == who).scalar_subquery()
            db.session.execute(
                update(SignIn).where(SignIn.user_id == user_id).values(seen_at=hour_ago)
            )
            db.session.commit()
            db.session.remove()

    def has_entry(self, typed: dict[str, str]) -> bool:
        """Say whether what a patient typed was taken: a script of that page sends it by itself."""
        with self.bench.app.app_context():
            there = set(db.session.scalars(select(DiaryEntry.words)))
            db.session.remove()
        return typed.get("words", "") in there

    def drop_drafts(self) -> None:
        """Throw every draft away."""
        with self.bench.app.app_context():
            db.session.execute(delete(Draft))
            db.session.commit()
            db.session.remove()

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Serve the clinic by waitress."""
        with self.bench.app.app_context():
            self.bench.close()
        with patch.dict(os.environ, ENVIRON), serving(self.bench.instance) as served:
            yield served
