"""What stands in a patient's lists today, and how it reads in one line."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct, field

from tracker.domain.formatting import full_day
from tracker.domain.health_lists.draft import HealthItemKind

NOT_ASKED = "not asked yet"
# Where a form asks about it: that nobody wrote anything is no answer, and not that there is none.
NOTHING_RECORDED = "nothing recorded"


class ListedItem(Struct, frozen=True, order=True):
    """An allergy or a medicine that stands; `detail` '' where nothing is said."""

    name: str
    detail: str = ""
    noted_on: date | None = None

    @property
    def words(self) -> str:
        """Write it with its detail: `Penicillin (rash)`."""
        return f"{self.name} ({self.detail})" if self.detail else self.name

    @property
    def dated_words(self) -> str:
        """Write it with the day on which it was noted."""
        return self.words + _on_day(self.noted_on)


class HealthLists(Struct, frozen=True):
    """The two lists. None is a list that nobody asked about, empty one that was said to be.

    `none_noted_on` says, by the entry that there is none, on which day somebody wrote it.
    """

    allergies: tuple[ListedItem, ...] | None = None
    medicines: tuple[ListedItem, ...] | None = None
    none_noted_on: Mapping[HealthItemKind, date] = field(default_factory=dict)

    @property
    def allergies_text(self) -> str:
        """The allergies in one line."""
        return _text(self.allergies, "none known")

    @property
    def medicines_text(self) -> str:
        """The current medicines in one line."""
        return _text(self.medicines, "none")

    @property
    def allergies_dated(self) -> str:
        """The allergies in one line, each with its day, for where something asks about them."""
        return self._with_days(self.allergies, HealthItemKind.NO_ALLERGIES, "none known")

    @property
    def medicines_dated(self) -> str:
        """The current medicines in one line, each with its day."""
        return self._with_days(self.medicines, HealthItemKind.NO_MEDICINES, "takes none")

    def _with_days(
        self, items: tuple[ListedItem, ...] | None, said_so: HealthItemKind, none: str
    ) -> str:
        if items is None:
            return NOTHING_RECORDED
        without = none + _on_day(self.none_noted_on.get(said_so))
        return "; ".join(item.dated_words for item in items) or without


def lists_of(items: Iterable[tuple[str, str, str, date]]) -> HealthLists:
    """Put the lists together from the kind, name, detail and day of what stands."""
    found: dict[HealthItemKind, list[ListedItem]] = {}
    days = {}
    for code, name, detail, noted_on in items:
        kind = HealthItemKind(code)
        found.setdefault(kind, []).append(ListedItem(name, detail, noted_on))
        if kind.is_none:
            days[kind] = noted_on
    return HealthLists(
        _list(found, HealthItemKind.ALLERGY), _list(found, HealthItemKind.MEDICINE), days
    )


def _list(
    found: dict[HealthItemKind, list[ListedItem]], kind: HealthItemKind
) -> tuple[ListedItem, ...] | None:
    if kind in found:
        return tuple(sorted(found[kind], key=lambda item: (item.name.casefold(), item.detail)))
    return () if kind.opposite in found else None


def _on_day(day: date | None) -> str:
    return f", noted {full_day(day)}" if day else ""


def _text(items: tuple[ListedItem, ...] | None, none: str) -> str:
    if items is None:
        return NOT_ASKED
    return ", ".join(item.words for item in items) or none
