"""A page that is kept in parts is, after every write, the page that is made anew."""

from datetime import time as at_hour
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import alerts, check_ins, courses, eligibility
from tests.builders.patients import an_entry
from tests.builders.plans import move
from tests.people import ANNA, BEN
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Indication, MailTime, Phase, Route, SeriesState, SessionState
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.problems import InvalidError, NotFoundError, StaleError
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose
from tracker.models import db
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.clinic import planning as clinic_planning
from tracker.services.diary import commands as diary_commands
from tracker.services.diary import queries as diary_queries
from tracker.services.health_lists import commands as item_commands
from tracker.services.health_lists import queries as item_queries
from tracker.services.letters import commands as letter_commands
from tracker.services.merges import commands as merging
from tracker.services.merges.commands import MergeDraft
from tracker.services.patients import commands as patient_commands
from tracker.services.safety_checks import commands as check_commands
from tracker.services.safety_checks import queries as check_queries
from tracker.services.scores import commands as score_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import amendments, follow_ups, planning
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import unit_of_work
from tracker.web.progress import parts

NOW = courses.FIRST + timedelta(days=20)
time = stopped_at(NOW)


class Hand:
    """Somebody who writes, one thing after another, whatever there is to write at the moment."""

    def __init__(self, cast, treated, time, seed):
        self.cast, self.anna, self.treated, self.time = cast, cast.anna, treated, time
        self.patient_id, self.series_id = treated.patient_id, treated.series_id
        self.chance = Random(seed)

    def _series(self):
        return self.chance.choice(series_queries.of_patient(self.patient_id, by=self.anna))

    def _session(self, *states):
        records = session_commands.of_patient(self.patient_id, by=self.anna)
        return self.chance.choice([one for one in records if one.state in states])

    def hold_a_session(self):
        at = clock.now() - timedelta(minutes=self.chance.randrange(90, 600))
        check_ins.hold(self.series_id, None, self.anna, at=at)

    def correct_a_session(self):
        chosen = self._session(SessionState.COMPLETED).session_id
        found = session_commands.find(chosen, by=self.anna)
        draft = replace(
            found.draft,
            mood_after=self.chance.randrange(11),
            patient_notes=f"Read again {self.chance.random()}",
            comment="Looked at again",
        )
        amendments.amend(chosen, draft, reason="Slip", version=found.version, by=self.anna)

    def move_a_session(self):
        day = clock.now().date() + timedelta(days=self.chance.randrange(1, 30))
        move(self._session(SessionState.PLANNED).session_id, day, by=self.anna)

    def place_a_session(self):
        chosen = self._session(SessionState.PLANNED).session_id
        plan = replace(
            planning.find(chosen, by=self.anna),
            planned_time=at_hour(self.chance.randrange(6, 20)),
            planned=PlannedDose(Decimal(self.chance.randrange(20, 90))),
            dose_onwards=True,
        )
        planning.change(chosen, plan, by=self.anna)

    def add_a_session(self):
        record_number = patient_commands.look_up(self.patient_id, by=self.anna).draft.record_number
        day = clock.now().date() + timedelta(days=self.chance.randrange(1, 30))
        planning.add(record_number, SessionPlan(planned_on=day), by=self.anna)

    def cancel_a_session(self):
        chosen = self._session(SessionState.PLANNED).session_id
        life_steps.cancel_or_miss(chosen, SessionState.CANCELLED, "Ill", by=self.anna)

    def follow_a_session_up(self):
        session = self._session(SessionState.COMPLETED)
        follow_ups.record(
            session.session_id, mood=self.chance.randrange(11), pain=None, by=self.anna,
            taken_at=session.started_at + timedelta(hours=self.chance.randrange(1, 40)),
        )  # fmt: skip

    def record_a_total(self):
        at = clock.now() - timedelta(days=self.chance.randrange(20))
        alerts.totalled(self.anna, self.patient_id, self.chance.randrange(28), at)

    def answer_a_form(self):
        courses.answer_forms(self.anna, self.patient_id)

    def void_a_score(self):
        lines = score_commands.listing(self.patient_id, by=self.anna)
        chosen = self.chance.choice(lines).record.score_id
        score_commands.void(chosen, "Somebody else's", by=self.anna)

    def alert(self):
        alerts.an_alert(self.anna, self.patient_id)

    def acknowledge(self):
        waiting = alert_commands.of_patient(self.patient_id, by=self.anna)
        alert_commands.acknowledge(waiting[0].alert_id, "Called", by=self.anna)

    def ask(self):
        check_ins.ask(self.anna, self.patient_id)

    def answer(self):
        themself = check_ins.themself(self.cast.clinic_id, self.patient_id)
        asked = check_in_commands.waiting(by=themself)[0].check_in_id
        check_ins.fill(themself, asked, phq9_9=str(self.chance.randrange(2)))
        answering.finish(asked, "phq9", by=themself)

    def withdraw(self):
        asked = check_in_commands.current(self.patient_id, by=self.anna)[0]
        check_in_commands.withdraw(asked.check_in_id, "Not needed", by=self.anna)

    def stop_the_mail(self):
        letter_commands.stop_mail(self.patient_id, by=self.anna)

    def resume_the_mail(self):
        at = self.chance.choice([None, *MailTime])
        letter_commands.resume_mail(self.patient_id, by=self.anna, at=at)

    def plan_a_series(self):
        draft = SeriesDraft(
            indication=self.chance.choice([Indication.DEPRESSION, Indication.PTSD]),
            drug=Drug.KETAMINE, route=Route.IV, phase=Phase.MAINTENANCE,
            starts_on=clock.now().date() + timedelta(days=self.chance.randrange(9)),
            template="custom", session_count=3, days_apart=4,
        )  # fmt: skip
        series_commands.plan(self.patient_id, draft, by=self.anna)

    def change_a_series(self):
        found = self._series()
        names = list(SeriesChange.__struct_fields__)
        plan = SeriesChange(**{name: getattr(found.record, name) for name in names})
        dose = Decimal(self.chance.randrange(1, 10)) / 10
        plan = replace(plan, planned_dose_mg=None, planned_dose_mg_per_kg=dose)
        series_commands.change(found.id, plan, version=found.version, by=self.anna)

    def stop_a_series(self):
        found, state = self._series(), SeriesState.STOPPED
        series_commands.set_state(found.id, state, "Enough", version=found.version, by=self.anna)

    def assess(self):
        eligibility.decided(self.anna, self.patient_id)

    def check_safety(self):
        draft = SafetyCheckDraft(
            kind=self.chance.choice(list(CheckKind)), checked_on=clock.now().date(), value="fine"
        )
        check_commands.record(self.patient_id, draft, by=self.anna)

    def void_a_safety_check(self):
        results = check_queries.of_patient(self.patient_id, by=self.anna).results
        check_commands.void(results[0].id, "Somebody else's", by=self.anna)

    def enter_an_allergy(self):
        draft = HealthItemDraft(
            kind=HealthItemKind.ALLERGY, name=f"Pollen {self.chance.random()}",
            noted_on=clock.now().date(),
        )  # fmt: skip
        item_commands.add(self.patient_id, draft, by=self.anna)

    def end_an_allergy(self):
        items = item_queries.listing(self.patient_id, by=self.anna)
        item_commands.end(items[0].id, "Not so", clock.now().date(), by=self.anna)

    def hear_the_patient(self):
        an_entry(self.anna, self.patient_id)

    def read_the_patients_words(self):
        unread = diary_queries.unread_of(self.patient_id, by=self.anna)
        diary_commands.mark_read(self.chance.choice(unread).id, by=self.anna)

    def change_the_patient(self):
        found = patient_commands.look_up(self.patient_id, by=self.anna)
        draft = replace(
            found.draft,
            family_name=self.chance.choice(["Patient", "Other <b>"]),
            phone=str(self.chance.randrange(10**6)),
            birth_date=NOW.date() - timedelta(days=self.chance.randrange(8000, 20000)),
        )
        patient_commands.change(self.patient_id, draft, version=found.version, by=self.anna)

    def archive(self):
        patient_commands.archive(self.patient_id, "Moved away", by=self.anna)

    def restore(self):
        patient_commands.restore(self.patient_id, by=self.anna)

    def merge_another(self):
        number = f"M-{self.chance.randrange(10**9)}"
        other = courses.treat(self.anna, record_number=number).patient_id
        draft = MergeDraft(
            kept_id=self.patient_id, merged_id=other, reason="Entered twice", is_sure=True
        )
        merging.merge(draft, by=self.anna)

    def take_a_merge_apart(self):
        found = patient_commands.look_up(self.patient_id, by=self.anna)
        merging.take_apart(found.formerly[0].id, "Two people", by=self.anna)

    def change_the_clinic(self):
        draft, version = clinics.draft(by=self.cast.adam)
        phone = f"+1 212 555 {self.chance.randrange(1000, 9999)}"
        clinics.change_settings(replace(draft, phone=phone), version=version, by=self.cast.adam)

    def change_the_rules(self):
        settings, version = treatment_settings.draft(by=self.cast.adam)
        typed = {name: getattr(settings, name) for name in treatment_settings_names()}
        typed |= {"baseline_days": self.chance.randrange(1, 90), "liver_months": 1}
        typed |= {"course_pause_days": self.chance.randrange(14, 90)}
        treatment_settings.change(typed, version=version, by=self.cast.adam)

    def change_the_planning(self):
        settings, version = clinic_planning.draft(by=self.cast.adam)
        words = f"Do not eat for {self.chance.randrange(2, 9)} hours."
        clinic_planning.change(
            replace(settings, preparation=words), version=version, by=self.cast.adam
        )

    def move_the_clinic(self):
        with unit_of_work(self.cast.console) as unit:
            row = clinics.lock(self.cast.clinic_id)
            row.time_zone = self.chance.choice(["Asia/Tokyo", "America/New_York"])
            unit.audit("test.moved")

    def let_time_pass(self):
        days = self.chance.choice([0.3, 1, 3, 40])
        self.time.move_to(clock.now() + timedelta(days=days))


def treatment_settings_names() -> list[str]:
    """Name what is typed on the page of a clinic's settings for sessions."""
    settings = treatment_settings.TreatmentSettings
    return [name for name in settings.__struct_fields__ if name != "labels"]


WRITES = [name for name in vars(Hand) if not name.startswith("_")]


@pytest.fixture
def shown(browse, cast, monkeypatch) -> Any:
    """What a page shows now, as it is served and as it is made anew: equal but for the token."""
    keeping, browsers = parts._render, {}

    def open_both(who, path):
        kept = browsers[who].client.get(path) if who in browsers else None
        if kept is None or kept.status_code == 302:  # nobody yet, or somebody idle
            browsers[who] = browse(who)
            kept = browsers[who].client.get(path)
        browser = browsers[who]
        monkeypatch.setattr(parts, "_render", keeping.__wrapped__)
        anew = browser.client.get(path)
        monkeypatch.setattr(parts, "_render", keeping)
        assert kept.status_code == anew.status_code == 200
        return kept.text, anew.text

    return open_both


@pytest.mark.parametrize("seed", range(4))
def test_after_every_kind_of_write_a_page_is_the_one_that_is_made_anew(cast, shown, time, seed):
    treated = courses.treat(cast.anna, sessions=3, scores=4)
    courses.account(cast.console, treated)
    courses.plan_sessions(cast.anna, treated, NOW.date() + timedelta(days=3), NOW.date())
    pages = ((ANNA, f"/patients/{treated.patient_id}/"), (BEN, "/my/"))
    hand = Hand(cast, treated, time, seed)
    order = WRITES * 2
    hand.chance.shuffle(order)
    before, changed = {}, set()
    for write in order:
        try:
            getattr(hand, write)()
        except (IndexError, InvalidError, NotFoundError, StaleError):
            db.session.rollback()  # there is nothing to do so to, just now
        for who, path in pages:
            kept, anew = shown(who, path)
            assert kept == anew, (seed, write, path)
            if before.get(path, kept) != kept:
                changed.add(write)
            before[path] = kept
    # So that the test cannot pass by writing nothing.
    assert len(changed) > len(WRITES) / 2, sorted(set(WRITES) - changed)


def test_the_writes_are_told_by_the_pages(cast, shown, time):
    """Each write on its own is seen, where it can be done to the patient as they are at first."""
    unseen = []
    for number, write in enumerate(WRITES):
        treated = courses.treat(cast.anna, record_number=f"B-{number}", sessions=3, scores=4)
        courses.plan_sessions(cast.anna, treated, NOW.date() + timedelta(days=3))
        path = f"/patients/{treated.patient_id}/"
        hand = Hand(cast, treated, time, seed=number)
        for first in {"acknowledge": ["alert"], "answer": ["ask"], "withdraw": ["ask"],
                      "resume_the_mail": ["stop_the_mail"], "restore": ["archive"],
                      "void_a_safety_check": ["check_safety"],
                      "end_an_allergy": ["enter_an_allergy"],
                      "read_the_patients_words": ["hear_the_patient"],
                      "take_a_merge_apart": ["merge_another"]}.get(write, []):  # fmt: skip
            getattr(hand, first)()
        before, _ = shown(ANNA, path)
        getattr(hand, write)()
        after, anew = shown(ANNA, path)
        assert after == anew, write
        if words(before) == words(after):
            unseen.append(write)
    # The clinic's telephone is on the patient's own page; other rules and zones may change nothing.
    of_others = {"change_the_clinic", "change_the_rules", "move_the_clinic", "change_the_planning"}
    assert set(unseen) <= of_others


def test_the_telephone_that_a_worse_patient_is_told_is_the_one_that_holds_now(cast, shown, time):
    treated = courses.treat(cast.anna, sessions=3, scores=4)
    courses.account(cast.console, treated)
    courses.scored(cast.anna, treated, (27, NOW - timedelta(days=1)))
    hand, told = Hand(cast, treated, time, seed=0), set()
    for _ in range(2):
        hand.change_the_clinic()
        kept, anew = shown(BEN, "/my/")
        assert kept == anew
        draft, _ = clinics.draft(by=cast.adam)
        assert draft.phone in kept
        told.add(draft.phone)
    assert len(told) == 2


def words(text: str) -> str:
    """Leave out the token, which each sign-in has its own of."""
    token = text.split('name="csrf-token" content="')[1].split('"', maxsplit=1)[0]
    return text.replace(token, "TOKEN")
