"""What the browser works out by itself is what the server would say: random cases, both sides."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.journeys.random_sessions import Case, cases, on_wire
from tracker.domain import date_format, measures, parsing, weights
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists import pre_session
from tracker.domain.clinic import dose_slips
from tracker.domain.clinic.dose_slips import ExpectedDose
from tracker.domain.date_format import DateFormat, DayOrder, HourFormat
from tracker.domain.formatting import number, time_of_day
from tracker.domain.live import entries, entry_text, monitoring
from tracker.domain.live.entries import (
    Entry,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    InfusionAction,
    Mark,
    effective,
    latest_form,
)  # fmt: skip
from tracker.web.live import chair

CASES = 2_000
ORIGIN = "http://static.test"
STATIC = Path(chair.__file__).parents[2] / "static"
CODES = {
    "term": EventTerm, "actions": EventAction, "outcome": EventOutcome, "mark": Mark,
    "action": InfusionAction,
}  # fmt: skip

SESSIONS = """async (sessions) => {
  const { chains, effective, leftAt, newestFirst, startOf } = await import("/live/chains.js");
  const { dueOf, nextDue } = await import("/live/due.js");
  const { wordsOf } = await import("/live/entry_text.js");
  const isForm = ({ kind }) => kind === "gate" || kind === "discharge";
  return sessions.map(({ plan, entries, now }) => {
    const lines = chains(entries);
    const held = effective(lines);
    const next = nextDue(plan, held, { now, left: leftAt(held) });
    const due = dueOf(next, { lateAfter: plan.lateAfter, begun: startOf(held), now });
    return {
      effective: held.filter((entry) => !isForm(entry)).map(({ key }) => key),
      log: newestFirst(lines).filter(({ shown }) => !isForm(shown)).map(({ shown }) => shown.key),
      words: entries.filter((entry) => !isForm(entry)).map(wordsOf),
      due: next && { ...next, late: due.late },
    };
  });
}"""
DOSES = """async (doses) => {
  const { isSome, readNumber } = await import("/components/numbers.js");
  const { kgFromLb, mgFromPlan, mgPerKg, mgPerKgPerHour } = await import("/sessions/dose.js");
  const { devices, volume } = await import("/checklists/dose_steps.js");
  const { slipOf } = await import("/components/dose_slips.js");
  const both = (one, other, make) => (one && isSome(other) ? make(one, other) : null);
  return doses.map((texts) => {
    const [dose, weight] = texts.map(readNumber);
    return {
      read: dose && dose.text,
      slip: slipOf(texts[0], texts[1], "0.5"),
      perKg: both(dose, weight, mgPerKg),
      fromPlan: dose && weight && mgFromPlan(dose, weight),
      volume: both(dose, weight, volume),
      devices: dose && devices(dose, 28),
      kilograms: weight && kgFromLb(weight)?.text,
      perHour: both(dose, weight, (one, other) => mgPerKgPerHour(one, other, readNumber("40"))),
    };
  });
}"""

CLOCKS = """async ([zone, hours, instants]) => {
  const { Clock } = await import("/components/clock.js");
  const clock = new Clock(zone, hours);
  return instants.map((at) => clock.time(at));
}"""

TYPED = """async ([order, hours, today, days, times]) => {
  const { readDay, readTime, writeDay, writeTime } = await import("/components/typed_days.js");
  const day = (iso) => iso && [iso, writeDay(iso, order)];
  const time = (iso) => iso && [iso, writeTime(iso, hours)];
  return [
    days.map((text) => day(readDay(text, order, today))),
    times.map((text) => time(readTime(text, hours))),
  ];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that can load the scripts as they stand in the checkout; no server."""
    context = browser.new_context()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            route.fulfill(body=_labels(), content_type="text/html; charset=utf-8")
        else:
            route.fulfill(path=STATIC / path.removeprefix("/"))

    context.route(f"{ORIGIN}/**", answer)
    made = context.new_page()
    made.goto(f"{ORIGIN}/")
    yield made
    context.close()


def _labels() -> str:
    """Write the codes with their words, as the dialogs at the chair have them."""
    return "".join(
        f'<p data-code="{name}:{code}">{code.label}</p>'
        for name, codes in CODES.items()
        for code in codes
    )


def _instant(at: Any) -> float | None:
    return None if at is None else at.timestamp() * 1000


def _is_form(entry: Entry) -> bool:
    return isinstance(entry.content, Form)


def by_server(case: Case) -> dict[str, Any]:
    """Say what the server makes of a session."""
    checks = latest_form(case.entries, EntryKind.DISCHARGE)
    left = discharge_rules.read(checks.content.fields).left_at if checks else None
    rows = monitoring.due_rows(case.plan, case.entries, now=case.now, ended_at=left)
    row = monitoring.next_due(rows)
    log = [line.visible_entry for line in reversed(entries.log(case.entries))]
    return {
        "effective": [entry.key for entry in effective(case.entries) if not _is_form(entry)],
        "log": [entry.key for entry in log if not _is_form(entry)],
        "words": [entry_text.words(entry) for entry in case.entries if not _is_form(entry)],
        "due": row and {"minute": row.minute, "at": _instant(row.at), "late": row.is_late},
    }


def test_a_session_stands_the_same_without_a_server(page: Page) -> None:
    drawn = list(cases(CASES, seed=8))
    sent = [
        {
            "plan": chair.schedule(case.plan),
            "entries": [on_wire(entry) for entry in case.entries],
            "now": _instant(case.now),
        }
        for case in drawn
    ]
    told = page.evaluate(SESSIONS, sent)
    expected = [by_server(case) for case in drawn]
    for name in ("effective", "log", "words", "due"):
        wrong = [
            (case, here[name], there[name])
            for case, here, there in zip(drawn, told, expected, strict=True)
            if here[name] != there[name]
        ]
        assert not wrong, f"{name}: {len(wrong)} of {CASES} differ, such as {wrong[0]}"
    # The cases are worth their name: due, late, nothing due, before the start.
    dues = [one["due"] for one in expected]
    assert sum(1 for due in dues if due and due["late"]) > CASES / 20
    assert sum(1 for due in dues if due is None) > CASES / 20
    assert sum(1 for due in dues if due and due["at"] is None) > CASES / 50


@pytest.mark.parametrize("hours", list(HourFormat))
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kathmandu"])
def test_times_of_day_are_written_alike(page: Page, zone: str, hours: HourFormat) -> None:
    draw, here = random.Random(8), ZoneInfo(zone)
    drawn = [datetime(2026, 1, 1, tzinfo=here) + timedelta(minutes=m) for m in (0, 719, 720, 1439)]
    drawn += [datetime.fromtimestamp(draw.randrange(2 * 10**9), here) for _ in range(CASES // 4)]
    told = page.evaluate(CLOCKS, [zone, hours.value, [at.timestamp() * 1000 for at in drawn]])
    with date_format.write_in(DateFormat(hours=hours)):
        assert told == [time_of_day(at) for at in drawn]


def typed(draw: random.Random) -> str:
    """Type a number as people do, or nearly."""
    whole = str(draw.choice((0, 1, 35, draw.randrange(1000), draw.randrange(10**10))))
    part = "".join(draw.choices("0123456789", k=draw.randrange(6)))
    sign = draw.choice(("", "", "", "", "+", "-"))
    point = draw.choice((".", ",", "", ".."))
    return draw.choice(("", "", " ")) + sign + draw.choice(("", "", "0")) + whole + point + part


def _read(text: str) -> Decimal | None:
    """Read as the server does; below zero there is nothing to work out."""
    try:
        value = parsing.read_decimal(text.strip())
    except ValueError:
        return None
    return None if text.strip().startswith("-") else value


def _per_kg(dose: Decimal | None, weight: Decimal | None) -> str | None:
    value = measures.mg_per_kg(dose, weight)
    return None if value is None else f"{value:f}"


def _per_hour(dose: Decimal | None, weight: Decimal | None) -> str | None:
    value = measures.mg_per_kg_per_hour(dose, weight, 40)
    return None if value is None else f"{value:f}"


def _kilograms(pounds: Decimal) -> str:
    return parsing.write_decimal(weights.kg_from_lb(pounds))


def _slip(dose: Decimal | None, planned: Decimal | None) -> str:
    expected = ExpectedDose(amount=planned, per_kg=Decimal("0.5"))
    found = dose_slips.review(dose, expected, is_part=True)
    return "".join(one.message for one in found)


def _devices(dose: Decimal) -> str:
    count, rest = divmod(dose, pre_session.DEVICE_MG)
    exact = parsing.write_decimal(dose)
    if rest:
        return f"{exact} mg is no whole number of 28 mg devices"
    return f"{exact} mg = {count} {'device' if count == 1 else 'devices'} of 28 mg"


def test_doses_are_read_and_worked_out_alike(page: Page) -> None:
    draw = random.Random(8)
    drawn = [(typed(draw), typed(draw)) for _ in range(CASES)]
    drawn += [("1,234", "70"), ("1.234", "70"), ("0,234", "70"), ("56", "80"), ("12345,678", "1")]
    told = page.evaluate(DOSES, drawn)
    for (first, second), here in zip(drawn, told, strict=True):
        dose, weight = _read(first), _read(second)
        gate = pre_session.PreSession(dose_mg=dose, concentration_mg_per_ml=weight)
        both = dose is not None and weight is not None
        made = measures.mg_from_mg_per_kg(dose, weight) if both else None
        volume = pre_session.volume_ml(gate)
        assert here == {
            "read": None if dose is None else parsing.write_decimal(dose),
            "slip": _slip(dose, weight),
            "perKg": _per_kg(dose, weight),
            "fromPlan": None if made is None else number(made),
            "volume": None if volume is None else number(volume),
            "devices": None if dose is None else _devices(dose),
            "kilograms": None if weight is None else _kilograms(weight),
            "perHour": _per_hour(dose, weight),
        }, (first, second)
    assert sum(1 for here in told if here["perKg"]) > CASES / 10


def typed_days(draw: random.Random) -> Iterator[str]:
    """Type days as people do, or nearly."""
    months = ("Jan", "feb", "March", "Sept", "Dec", "Foo", "Mär")
    for _ in range(CASES // 2):
        day, month, year = draw.randint(0, 32), draw.randint(0, 13), draw.choice((2026, 28, 1899))
        word, mark = draw.choice(months), draw.choice("/.- ")
        yield draw.choice(
            (
                f"{day}{mark}{month}{mark}{year}", f"{day:02}/{month:02}/{year}",
                f"{year}-{month}-{day}", f"{day} {word} {year}", f"{word} {day}, {year}",
                f"{day}. {word}", f" {word}  {day}",
            )
        )  # fmt: skip


def typed_times(draw: random.Random) -> Iterator[str]:
    """Type times of day as people do, or nearly."""
    for _ in range(CASES // 2):
        hour, minute = draw.randint(0, 25), draw.randint(0, 61)
        half = draw.choice(("", "", " pm", "AM", " p.m."))
        yield draw.choice(
            (
                f"{hour}:{minute:02}{half}",
                f"{hour}{minute:02}{half}",
                f"{hour}{half}",
                f"{hour:02}.{minute}:30",
            )
        )


def read_or_none(read: Any, write: Any, text: str) -> Any:
    """Read as the server does, and say what a browser holds and shows of it."""
    try:
        value = read(text)
    except ValueError:
        return ""
    iso = value.isoformat() if isinstance(value, date) else value.isoformat("seconds")
    return [iso.removesuffix(":00") if iso.count(":") == 2 else iso, write(value)]


@pytest.mark.parametrize(("order", "hours"), list(zip(DayOrder, HourFormat, strict=True)))
def test_days_and_times_are_read_and_written_alike(
    page: Page, order: DayOrder, hours: HourFormat
) -> None:
    draw, today, form = random.Random(9), date(2026, 11, 30), DateFormat(days=order, hours=hours)
    days, times = list(typed_days(draw)), list(typed_times(draw))
    found = page.evaluate(TYPED, [order.value, hours.value, today.isoformat(), days, times])

    def read_day(text: str) -> date:
        return form.read_day(text, near=today)

    assert found[0] == [read_or_none(read_day, form.typed_day, text) for text in days]
    assert found[1] == [read_or_none(form.read_time, form.typed_time, text) for text in times]
    assert min(sum(map(bool, part)) for part in found) > CASES / 10
