"""What is to be said of all the forms of a file together, once it has been read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tracker.domain.codes import Completeness
from tracker.domain.instruments.model import Instrument
from tracker.exchange.rows import RowProblem
from tracker.services.imports.scores import CheckedScore

_LINES_MAX = 20


class ScoreSummary:
    """Collects what forms have in common: answers missing, and suicide items above zero."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        """Start with no form."""
        self._instruments = instruments
        self._missing: defaultdict[tuple[str, Completeness], list[int]] = defaultdict(list)
        self._raised: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def note(self, line: int, code: str, checked: CheckedScore) -> None:
        """Take a form that would be stored, and the line it stands on."""
        if checked.completeness is not Completeness.COMPLETE:
            self._missing[code, checked.completeness].append(line)
        for alarm in checked.raised:
            self._raised[code, alarm.item].append(line)

    def remarks(self) -> Iterator[RowProblem]:
        """Give one remark for each thing, with the lines it is about."""
        for (code, completeness), lines in self._missing.items():
            instrument = self._instruments[code]
            if completeness is Completeness.INCOMPLETE:
                message = "without a total, because answers are missing"
            else:
                message = f"with a prorated total ({instrument.scoring.missing_source})"
            text = f"{instrument.short_title}: {_forms(lines)} stored {message}. {_lines(lines)}"
            yield RowProblem(0, "", text.strip())
        for (code, item_code), lines in self._raised.items():
            instrument = self._instruments[code]
            item = instrument.item(item_code)
            number = item.number if item else item_code
            yield RowProblem(
                0,
                "",
                f"{instrument.short_title}: question {number}, on suicide or self-harm, is "
                f"answered above zero in {_forms(lines)}. A file raises no alert: look at "
                f"them. {_lines(lines)}".strip(),
            )


def _forms(lines: list[int]) -> str:
    return "1 form" if len(lines) == 1 else f"{len(lines)} forms"


def _lines(lines: list[int]) -> str:
    named = ", ".join(str(line) for line in lines[:_LINES_MAX] if line)
    more = f" and {len(lines) - _LINES_MAX} more" if len(lines) > _LINES_MAX else ""
    return f"Lines: {named}{more}." if named else ""
