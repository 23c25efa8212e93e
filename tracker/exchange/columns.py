"""What a column and a table of a file are; each is declared once, for export and for import."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker.exchange.cells.kinds import Kind

Values = dict[str, Any]
Complaint = tuple[str, str]


class Column(Struct, frozen=True, kw_only=True):
    """One column: the heading is stable and ends in its unit.

    `attribute` is where a record keeps the value, dotted where it is nested; empty means the name.
    A `computed` column is exported, and on import only compared. A `later` one came after files
    had been exported without it; those are still ours.
    """

    name: str
    doc: str
    kind: Kind
    attribute: str = ""
    unit: str = ""
    required: bool = False
    computed: bool = False
    later: bool = False

    @property
    def path(self) -> str:
        """Say where a record keeps the value."""
        return self.attribute or self.name

    @property
    def field(self) -> str:
        """Name the field as the domain's problems name it (`before.x` is `before_x`)."""
        return self.path.replace(".", "_")


def _no_complaints(_values: Values) -> Iterable[Complaint]:
    return ()


class Table(Struct, frozen=True, kw_only=True):
    """A table: columns in fixed order, and how one row of values becomes a record.

    Values go by the names of fields. `key` names the fields that tell rows apart. `time_known_of`
    names an instant of which only the day is written where the last plain value of a row
    (`time_known`) is false. `compare` yields (field, message) where computed values disagree with
    what they are computed from.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    build: Callable[[Values], Any]
    key: tuple[str, ...]
    time_known_of: str = ""
    compare: Callable[[Values], Iterable[Complaint]] = _no_complaints

    @property
    def headings(self) -> tuple[str, ...]:
        """List the headings in order."""
        return tuple(column.name for column in self.columns)

    def is_headed(self, found: Collection[str]) -> bool:
        """Say whether these are the headings: all of them, but that older files lack later ones."""
        needed = {column.name for column in self.columns if not column.later}
        return needed <= set(found) <= set(self.headings)

    @property
    def plain_fields(self) -> tuple[str, ...]:
        """List the record's fields in the order that the writer wants their values."""
        fields = tuple(column.field for column in self.columns)
        return (*fields, "time_known") if self.time_known_of else fields

    def rows(self, records: Iterable[Any]) -> Iterator[tuple[object, ...]]:
        """Lay records out as the plain rows that the writer takes."""
        paths = [column.path for column in self.columns]
        if self.time_known_of:
            paths.append("time_known")
        return map(attrgetter(*paths), records)

    def without(self, *names: str) -> "Table":
        """Leave columns out, as for a patient's own copy or a de-identified one."""
        kept = tuple(column for column in self.columns if column.name not in names)
        return replace(self, columns=kept)

    def heading_of(self, field: str) -> str:
        """Find the heading of a field that a problem names, or the field itself."""
        return next((c.name for c in self.columns if c.field == field), field)


def dictionary(table: Table) -> list[Mapping[str, str]]:
    """Describe every column for people: name, meaning, unit, form, codes, and if it is required."""
    return [
        {
            "name": column.name,
            "meaning": column.doc,
            "unit": column.unit,
            "form": column.kind.words,
            "codes": "; ".join(
                f"{code}: {label}" if label else code for code, label in column.kind.codes
            ),
            "required": "yes" if column.required else "",
        }
        for column in table.columns
    ]
