"""What makes an import of many thousand rows quick, and nothing else.

Two things are done the slow way everywhere else, which is the truth that tests hold these to: a
session is judged by the domain's rules (`checks.check_session`), and a row is stored by SQLAlchemy.
`FastCheck` says of most sessions at a glance that the rules would find nothing, and `insert_rows`
writes many rows at once. No rule of the clinic is written here.
"""

import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice, repeat
from operator import attrgetter, contains, itemgetter
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import Dialect, String, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.types import TypeEngine

from tracker.domain import measures
from tracker.domain.clinic.labels import Labels
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Effect, Route, SessionState
from tracker.domain.measures import SIGN_NAMES, VITAL_SIGNS
from tracker.domain.series import placing
from tracker.domain.series import plan as series_plan
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import FieldKind
from tracker.domain.sessions.findings import SessionContext
from tracker.exchange.cells.kinds import DISTINCT_MAX
from tracker.models import sealing
from tracker.models.database import CACHE_KIB, ID_MAX, NEW_ID_MAX, JsonText, UtcDateTime, db
from tracker.services.imports.checks import NUMBER_MAX, OWN_FILE
from tracker.services.imports.plan import Row

ROWS_AT_ONCE = 2_000
# Ids are drawn at random, so that what is indexed goes in all over: 16 MB of pages stay at hand.
ROOMY_CACHE_KIB = 16 * 1024
# The longest dose, and the longest stay that check() lets pass.
_SETTLED = timedelta(days=3)

Encoder = Callable[[Any], Any]

# Fields that the rules look at together; the rules of one group never look into another.
_TOGETHER: tuple[tuple[str, ...], ...] = (
    ("drug", "route", "dose_mg", "weight_kg", "weight_unit"),
    ("mood_before", "mood_after"),
    ("pain_before", "pain_after"),
    ("dissociation_peak", "dissociation_onset_minute", "dissociation_end_minute"),
)
# What is looked at with the time of the start.
_OF_THE_STAY = ("discharged_at", "duration_minutes", "dissociation_resolved")
_PRESSURES = tuple(sign.name for sign in VITAL_SIGNS if sign.is_pressure)
_TEXTS = tuple(one for one in session_fields.DRAFTED if one.longest is not None)
_GRADED = session_fields.names(FieldKind.GRADED)
_OTHER = Effect.OTHER.value  # of every kind of effect: it wants words


def _groups() -> Iterator[tuple[str, ...]]:
    """Yield every field of a session that has no look of its own, with those it goes with."""
    yield from _TOGETHER
    asked = {"started_at", *_OF_THE_STAY, *(name for group in _TOGETHER for name in group)}
    asked |= {one.name for one in _TEXTS} | {*_GRADED}
    for one in session_fields.DRAFTED:
        if one.kind is FieldKind.SIGNS:
            yield tuple(f"{one.name}_{name}" for name in _PRESSURES)
            others = [f"{one.name}_{name}" for name in SIGN_NAMES if name not in _PRESSURES]
            # By twos: fewer rounds down the rows, and still few values that come together.
            yield from (tuple(others[at : at + 2]) for at in range(0, len(others), 2))
        elif one.name not in asked:
            yield (one.name,)


_START = datetime.fromisoformat("2020-01-01T12:00:00+00:00")
_PLAIN = SessionDraft(started_at=_START, drug=Drug.KETAMINE, route=Route.IV)


class _Verdicts(dict[Any, bool]):
    """What the domain said of values that stand alone in a session, asked once for each."""

    def __init__(self, make: Callable[[Any], SessionDraft]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, values: Any) -> bool:
        draft = self._make(values)
        clear = not session_draft.check(
            draft, now=_START + _SETTLED
        ) and not session_findings.review(draft, OWN_FILE)
        self[values] = clear
        return clear


class FastCheck:
    """Says at a glance that a held session has neither problem nor finding.

    The same few values come again and again, so the domain is asked once for each group of values
    that belong together. A session that does not pass has to be looked at whole; one that passes
    would have passed that as well.
    """

    def __init__(self, *, now: datetime, zone: ZoneInfo) -> None:
        """Take the time after which nothing can have ended."""
        self._latest = now - _SETTLED
        self._earliest = datetime(series_plan.STARTS_IN_YEARS[0], 1, 2, tzinfo=zone)
        self._groups = tuple(
            (itemgetter(*names), _Verdicts(_maker(names)).__getitem__) for names in _groups()
        )
        self._stays = _Verdicts(_stay)
        self._rest_of_stay = itemgetter(*_OF_THE_STAY[1:])
        self._texts = tuple((itemgetter(one.name), one.longest or 0) for one in _TEXTS)
        self._graded = tuple(map(itemgetter, _GRADED))
        self._draft_groups = tuple(
            (attrgetter(*map(_in_draft, names)), _Verdicts(_maker(names)).__getitem__)
            for names in _groups()
        )
        self._draft_texts = tuple((attrgetter(one.name), one.longest or 0) for one in _TEXTS)
        self._draft_graded = tuple(map(attrgetter, _GRADED))

    def passes(self, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Say of each row of the table of sessions whether it is certainly in order."""
        # Group by group down the rows: the loops run in C, where row by row they would not.
        verdicts = [map(verdict, map(take, rows)) for take, verdict in self._groups]
        clear = map(all, zip(*verdicts, strict=True))
        # Hardly any batch has a text that is too long: looked for row by row only where one has.
        worded = repeat(True) if self._are_worded(rows) else map(self._is_worded, rows)
        return [
            yes and fits and self._is_plain(values)
            for yes, fits, values in zip(clear, worded, rows, strict=False)  # repeat() never ends
        ]

    def passes_drafts(self, drafts: Sequence[SessionDraft]) -> list[bool]:
        """Say so of sessions of another clinic's file, which hold nothing but a draft."""
        verdicts = [map(verdict, map(take, drafts)) for take, verdict in self._draft_groups]
        clear = map(all, zip(*verdicts, strict=True))
        return [
            yes and self._is_plain_draft(draft) for yes, draft in zip(clear, drafts, strict=True)
        ]

    def _is_plain_draft(self, draft: SessionDraft) -> bool:
        start, left = draft.started_at, draft.discharged_at
        if start is None or not self._earliest <= start <= self._latest:
            return False
        stay = None if left is None else left - start
        return (
            self._stays[stay, draft.duration_minutes, draft.dissociation_resolved]
            and all(len(text(draft)) <= longest for text, longest in self._draft_texts)
            and not any(_OTHER in graded(draft) for graded in self._draft_graded)
        )

    def _are_worded(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether every text of some rows is short enough, and no effect wants words."""
        return all(
            max(map(len, map(take, rows)), default=0) <= longest for take, longest in self._texts
        ) and not any(any(map(contains, map(take, rows), repeat(_OTHER))) for take in self._graded)

    def _is_worded(self, values: Mapping[str, Any]) -> bool:
        return self._are_worded((values,))

    def _is_plain(self, values: Mapping[str, Any]) -> bool:
        start = values["started_at"]
        return (
            values["state"] is SessionState.COMPLETED
            and not values["state_reason"]
            and start is not None
            and self._earliest <= start <= self._latest
            and self._is_usual_stay(values, start)
            and self._are_usual_numbers(values)
        )

    def _is_usual_stay(self, values: Mapping[str, Any], start: datetime) -> bool:
        left = values["discharged_at"]
        stay = None if left is None else left - start
        return self._stays[stay, *self._rest_of_stay(values)]

    def _are_usual_numbers(self, values: Mapping[str, Any]) -> bool:
        planned_on = values["planned_on"]
        return (
            1 <= values["session_id"] <= ID_MAX
            and 1 <= values["number"] <= NUMBER_MAX
            and (planned_on is None or planned_on.year in series_plan.STARTS_IN_YEARS)
            and len(values["chair"]) <= placing.CHAIR_MAX
            # Few sessions have a planned dose of their own: they are looked at in full.
            and values["planned_dose_mg"] is values["planned_dose_mg_per_kg"] is None
        )


def _in_draft(name: str) -> str:
    """Say where a draft has what a row calls `before_spo2_percent`."""
    moment, _, sign = name.partition("_")
    return f"{moment}.{sign}" if sign in SIGN_NAMES else name


def _maker(names: tuple[str, ...]) -> Callable[[Any], SessionDraft]:
    """Make a session out of one group of values, the rest being in order."""
    moment = names[0].partition("_")[0]

    def make(values: Any) -> SessionDraft:
        given = dict(zip(names, values if len(names) > 1 else (values,), strict=True))
        if moment not in ("before", "after"):
            return replace(_PLAIN, **given)
        signs = {name.removeprefix(f"{moment}_"): value for name, value in given.items()}
        taken = measures.VitalSigns(**signs)
        return replace(_PLAIN, before=taken) if moment == "before" else replace(_PLAIN, after=taken)

    return make


def _stay(values: tuple[Any, ...]) -> SessionDraft:
    stay, *rest = values
    left = None if stay is None else _START + stay
    return replace(_PLAIN, **dict(zip(_OF_THE_STAY, (left, *rest), strict=True)))


_OF_A_DOSE = attrgetter("drug", "route", "dose_mg", "weight_kg", "weight_unit", "duration_minutes")
_BESIDE_A_DOSE = attrgetter("planned_mg", "planned_mg_per_kg", "planned_for", "had_weight")


class JudgedDoses:
    """Remembers which doses and weights have no finding beside the last ones and the plan.

    For sessions that have none by themselves; the same few come again and again.
    """

    def __init__(self, labels: Labels) -> None:
        """Start with none judged."""
        self._settings = TreatmentSettings(labels=labels)
        self._known: dict[Any, bool] = {}

    def is_clear(self, draft: SessionDraft, about: SessionContext) -> bool:
        """Say whether nothing is to be asked about a dose or remarked on it."""
        last = about.last and _OF_A_DOSE(about.last)
        key = (_OF_A_DOSE(draft), last, _BESIDE_A_DOSE(about))
        clear = self._known.get(key)
        if clear is None:
            if len(self._known) >= DISTINCT_MAX:
                self._known.clear()
            about = replace(about, settings=self._settings)
            clear = not session_findings.slips(draft, about) and not session_findings.review_dose(
                draft, about
            )
            self._known[key] = clear
        return clear


class FreshIds:
    """Draws ids as `new_id` does, many at once, each the next in order of those."""

    def __init__(self) -> None:
        """Start with none drawn."""
        self._waiting: list[int] = []

    def __call__(self) -> int:
        """Give the next."""
        if not self._waiting:
            drawn = array("Q", secrets.token_bytes(8 * ROWS_AT_ONCE))
            self._waiting = sorted((1 + number % NEW_ID_MAX for number in drawn), reverse=True)
        return self._waiting.pop()


def ids_in_order(count: int) -> list[int]:
    """Draw many ids at once; one by one takes ten times as long."""
    drawn = array("Q", secrets.token_bytes(8 * count))
    return sorted(1 + number % ID_MAX for number in drawn)


def insert_rows(
    model: type[Any], names: Sequence[str], rows: Iterable[Row], same: Mapping[str, Any]
) -> None:
    """Insert rows that hold the values of `names`, the id first; `same` are equal in every row.

    Each column is turned into the driver's values by its own type, as SQLAlchemy would do, but a
    column at a time and each distinct value once.
    """
    table = cast("Table", model.__table__)
    connection = db.session.connection()
    dialect = connection.dialect
    columns = [table.c[name] for name in names]
    encoders = [_encoder(one.type, dialect, nullable=bool(one.nullable)) for one in columns]
    constants = [_encode_one(table.c[name].type, dialect, value) for name, value in same.items()]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    quote = dialect.identifier_preparer.quote
    listed = ", ".join(quote(name) for name in (*names, *same))
    marks = ", ".join([mark] * (len(names) + len(same)))
    # Names come from the tables' own declarations; every value is bound.
    statement = f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({marks})"  # noqa: S608
    for piece in _pieces(rows):
        values = zip(*piece, strict=True)
        encoded = [
            map(encode, column) if encode else column
            for encode, column in zip(encoders, values, strict=True)
        ]
        bound = list(zip(*encoded, *map(repeat, constants), strict=False))  # repeat() never ends
        connection.exec_driver_sql(statement, bound)
        if table.name not in sealing.SEALED:
            continue
        if dialect.name == "sqlite":
            sealing.digest_inserted(str(table.name), (*names, *same), bound)
        else:
            sealing.touch(model, [row[0] for row in piece])


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while piece := list(islice(waiting, ROWS_AT_ONCE)):
        yield piece


class _Memo(dict[Any, Any]):
    """Remembers what each distinct value became."""

    def __init__(self, encode: Encoder) -> None:
        super().__init__({None: None})
        self._encode = encode

    def __missing__(self, value: Any) -> Any:
        self[value] = encoded = self._encode(value)
        return encoded


def _encode_one(kind: TypeEngine[Any], dialect: Dialect, value: Any) -> Any:
    encode = _encoder(kind, dialect)
    return encode(value) if encode else value


def _encoder(kind: TypeEngine[Any], dialect: Dialect, *, nullable: bool = False) -> Encoder | None:
    if isinstance(kind, UtcDateTime) and dialect.name == "sqlite":
        return _instant_text
    if isinstance(kind, Text):
        return None
    if isinstance(kind, String):
        # Codes as plain text: drivers have their own ideas of enumerations.
        return _text_or_none if nullable else str.__str__
    encode = kind.dialect_impl(dialect).bind_processor(dialect)
    if encode is None:
        return None
    if isinstance(kind, JsonText):
        return _once_each(encode)
    return _Memo(encode).__getitem__


def _once_each(encode: Encoder) -> Encoder:
    """Encode each mapping once: cells with the same text were read into one mapping.

    Rows hold theirs until all are stored, so that no id stands for two.
    """
    known: dict[int, Any] = {}

    def read(value: Any) -> Any:
        encoded = known.get(id(value))
        if encoded is None:
            encoded = known[id(value)] = encode(value)
        return encoded

    return read


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else str.__str__(value)


def _instant_text(value: datetime | None) -> str | None:
    """Write an instant as SQLAlchemy keeps it in SQLite, in a fifth of the time."""
    if value is None:
        return None
    here = value if value.tzinfo is UTC else value.astimezone(UTC)
    return here.isoformat(" ", "microseconds")[:-6]


@contextmanager
def roomy_cache() -> Iterator[None]:
    """Let SQLite keep more pages at hand for as long as rows are stored."""
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.execute(sql(f"PRAGMA cache_size = -{ROOMY_CACHE_KIB}"))
    try:
        yield
    finally:
        connection.execute(sql(f"PRAGMA cache_size = -{CACHE_KIB}"))
