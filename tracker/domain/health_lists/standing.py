"""What stands in a patient's lists today, and how it reads in one line."""

from collections.abc import Iterable

from msgspec import Struct

from tracker.domain.health_lists.draft import HealthItemKind

NOT_ASKED = "not asked yet"


class ListedItem(Struct, frozen=True, order=True):
    """An allergy or a medicine that stands; `detail` '' where nothing is said."""

    name: str
    detail: str = ""

    @property
    def words(self) -> str:
        """Write it with its detail: `Penicillin (rash)`."""
        return f"{self.name} ({self.detail})" if self.detail else self.name


class HealthLists(Struct, frozen=True):
    """The two lists. None is a list that nobody asked about, empty one that was said to be."""

    allergies: tuple[ListedItem, ...] | None = None
    medicines: tuple[ListedItem, ...] | None = None

    @property
    def allergies_text(self) -> str:
        """The allergies in one line."""
        return _text(self.allergies, "none known")

    @property
    def medicines_text(self) -> str:
        """The current medicines in one line."""
        return _text(self.medicines, "none")


def lists_of(items: Iterable[tuple[str, str, str]]) -> HealthLists:
    """Put the lists together from the kind, name and detail of what stands."""
    found: dict[HealthItemKind, list[ListedItem]] = {}
    for kind, name, detail in items:
        found.setdefault(HealthItemKind(kind), []).append(ListedItem(name, detail))
    return HealthLists(_list(found, HealthItemKind.ALLERGY), _list(found, HealthItemKind.MEDICINE))


def _list(
    found: dict[HealthItemKind, list[ListedItem]], kind: HealthItemKind
) -> tuple[ListedItem, ...] | None:
    if kind in found:
        return tuple(sorted(found[kind], key=lambda item: (item.name.casefold(), item.detail)))
    return () if kind.opposite in found else None


def _text(items: tuple[ListedItem, ...] | None, none: str) -> str:
    if items is None:
        return NOT_ASKED
    return ", ".join(item.words for item in items) or none
