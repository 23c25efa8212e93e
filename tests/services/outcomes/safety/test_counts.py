"""Every figure of safety is what a count in plain Python over what is recorded gives."""

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.builders.outcomes import cohort, sittings
from tracker.domain.codes import Drug, Route, Severity
from tracker.domain.live.entries import AdverseEvent, effective
from tracker.domain.live.entries import Reading as Observed
from tracker.domain.outcomes.safety.counts import COUNTED, total
from tracker.domain.outcomes.safety.quartiles import quartiles
from tracker.models import db
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.live import entry_log
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping
from tracker.services.outcomes.safety import log, queries
from tracker.services.outcomes.safety.period import SafetySelection, sessions_of

SINCE, UNTIL = date(2022, 6, 10), date(2025, 3, 9)
WHOLE = SafetySelection(since=date(2021, 1, 1), until=date(2026, 12, 31))
SOME = SafetySelection(since=SINCE, until=UNTIL, route=Route.IV, drug=Drug.KETAMINE)


@pytest.fixture
def filled(cast):
    cohort.fill(cast.clinic_id, 60)
    sittings.fill(cast.clinic_id)
    outcome_commands.count_anew(by=cast.anna)
    return cast


def picked(chosen, zone):
    """List the sessions that count, each with the day on which it was held."""
    for one in db.session.scalars(db.select(TreatmentSession)):
        day = one.started_at.astimezone(zone).date()
        wanted = chosen.route in (None, Route(one.route)) and chosen.drug in (None, Drug(one.drug))
        if one.state == "completed" and wanted and chosen.since <= day <= chosen.until:
            yield one, day


def logs():
    rows = {}
    for row in db.session.execute(db.select(SessionEntry.session_id, *entry_log.COLUMNS)):
        rows.setdefault(row.session_id, []).append(entry_log.entry_of(row))
    return {one: effective(entries) for one, entries in rows.items()}


def pressures():
    found = {}
    for one in db.session.scalars(db.select(Reading)):
        found.setdefault(one.session_id, []).append(one)
    return found


def counted(chosen, zone):
    """Count by plain loops: by month, whose they were, minutes and events."""
    by_month, people, minutes, effects = {}, {}, {"gone": Counter(), "lasted": Counter()}, Counter()
    told, summaries, happened = logs(), pressures(), Counter()
    for one, day in picked(chosen, zone):
        counts = by_month.setdefault(day.replace(day=1), Counter())
        names = ["sessions", *of_record(one, minutes, effects)]
        names += of_pressure(one, told.get(one.id, []), summaries.get(one.id, []))
        counts.update(names)
        for name in names:
            people.setdefault(name, set()).add(one.patient_id)
        for entry in told.get(one.id, []):
            if isinstance(entry.content, AdverseEvent):
                event = entry.content
                happened["events"] += 1
                happened["serious"] += event.serious is True
                happened["grade", event.grade] += 1
                if event.ended_at:
                    happened["minutes", (event.ended_at - entry.at) // timedelta(minutes=1)] += 1
    return by_month, people, minutes, effects, happened


def of_record(one, minutes, effects):
    if one.side_effects:
        yield "effects_asked"
        degrees = [Severity(how) for how in one.side_effects.values() if how]
        for word, how in one.side_effects.items():
            effects[word, how] += how is not None
        worst = [how for how in ("severe", "moderate", "mild") if how in degrees]
        yield from worst[:1]
    peak, resolved = one.dissociation_peak, one.dissociation_resolved
    if peak is not None:
        yield "peak_asked"
    if peak:
        yield "felt"
        if one.dissociation_end_minute is not None:
            minutes["gone"][one.dissociation_end_minute] += 1
            minutes["lasted"][one.dissociation_end_minute - one.dissociation_onset_minute] += 1
    if resolved is not None and peak != 0:
        yield "leaving_known"
        if not resolved:
            yield "unresolved"


def of_pressure(one, entries, summaries):
    seen = [(row.moment == "before", row.systolic_mmhg, row.diastolic_mmhg) for row in summaries]
    seen += [
        (entry.at <= one.started_at, entry.content.systolic_mmhg, entry.content.diastolic_mmhg)
        for entry in entries
        if isinstance(entry.content, Observed)
    ]
    for side, early in (("before", True), ("after", False)):
        found = [(high, low) for when, high, low in seen if when is early and (high or low)]
        if found:
            yield f"{side}_measured"
            if any((high or 0) > 140 or (low or 0) > 90 for high, low in found):
                yield f"{side}_raised"
            if not early and any((high or 0) > 180 or (low or 0) > 120 for high, low in found):
                yield "after_severe"
            if not early and any((high or 999) < 90 or (low or 999) < 50 for high, low in found):
                yield "after_low"


@pytest.mark.both_databases
def test_everything_is_what_a_count_in_python_gives(filled):
    for chosen in (WHOLE, SOME):
        check_counts(filled, chosen)


def check_counts(filled, chosen):
    """Hold each count of a selection to loops over what is recorded."""
    zone = keeping.of_clinic(filled.clinic_id).zone
    basis, asked, limits = queries.ask(chosen, filled.anna)
    # Logs in which two people corrected the same entry are judged one by one, and are among them.
    which = sessions_of(filled.clinic_id, chosen, asked)
    assert len(log.corrected_twice(which, filled.clinic_id)) > 2
    found = queries._counts(basis, chosen, asked, limits)
    by_month, people, minutes, effects, happened = counted(chosen, zone)
    named = COUNTED
    for month in asked.months:
        right = by_month.get(month, Counter())
        told = found.months.get(month)
        assert {name: getattr(told, name, 0) for name in named} == {
            name: right[name] for name in named
        }, month
    in_all = sum(by_month.values(), Counter())
    assert in_all["sessions"] > 100
    assert {name: getattr(total(found.months.values()), name) for name in named} == {
        name: in_all[name] for name in named
    }
    assert {**found.people} == {name: len(people.get(name, ())) for name in found.people}
    assert (found.gone_minutes, found.lasted_minutes) == (minutes["gone"], minutes["lasted"])
    for word, one in found.effects.items():
        assert [one.mild, one.moderate, one.severe] == [effects[word, how] for how in Severity]
    told = found.events
    assert (told.events, told.serious) == (happened["events"], happened["serious"])
    assert told.by_grade == {key[1]: n for key, n in happened.items() if key[0] == "grade"}
    assert told.minutes == {key[1]: n for key, n in happened.items() if key[0] == "minutes"}


@pytest.mark.both_databases
def test_doses_in_all_have_the_quartiles_of_all_their_values(filled):
    report = queries.report(WHOLE, by=filled.anna)
    done = report.completion
    by_route = {}
    for one in db.session.scalars(db.select(TreatmentSession)):
        if one.state == "completed":
            totals = by_route.setdefault(Route(one.route), Counter())
            totals[one.series_id] += one.dose_mg
    for one in done.totals:
        values = Counter(int(mg) for mg in by_route[one.route].values())
        assert one.mg == quartiles(values)
    assert done.treated == sum(len(one) for one in by_route.values())
    assert done.doses.n == done.treated
