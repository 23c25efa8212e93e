"""Very large files of a clinic elsewhere: each of our own tables, and one wide one of another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.benchmarks import files
from tracker.domain.codes import Completeness, Mode, Occasion
from tracker.domain.scores.record import ScoreRecord
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.tables.scores import SCORES
from tracker.instruments import library
from tracker.models.database import new_id

EACH = files.SESSIONS_EACH
FIRST = datetime(2024, 1, 2, 13, tzinfo=UTC)
WIDE = """
[file]
date_order = "dmy"
[patient]
record_number = "id"
create_unknown = true
columns = {family_name = "name"}
[[sessions]]
weight_unit = "kg"
columns = {started_at = "when", dose_mg = "dose", weight_kg = "weight"}
fixed = {drug = "ketamine", route = "iv"}
[[scores]]
column = "phq9"
instrument = "phq9"
date_column = "date"
"""


def write(folder: Path, rows: int) -> dict[str, Path]:
    """Write the files, in the order in which they are imported."""
    named = {kind: folder / f"{kind}.csv" for kind in ("patients", "series", "sessions")}
    with files.clinic(folder / "source", rows) as by:
        for kind, path in named.items():
            files.write_out(kind, path, by)
    named["scores"] = folder / "scores.csv"
    pieces = write_csv(SCORES, SCORES.rows(_scores(rows)), zone=ZoneInfo("UTC"))
    named["scores"].write_bytes(b"".join(pieces))
    named["wide"] = folder / "wide.csv"
    named["wide"].write_text("".join(_wide(rows)), encoding="utf-8")
    (folder / "wide.toml").write_text(WIDE, encoding="utf-8")
    return named


def _scores(rows: int) -> Iterator[ScoreRecord]:
    version = library()["phq9"].version
    for number in range(rows):
        who, which = divmod(number, EACH)
        yield ScoreRecord(
            record_number=f"P-{who:05}", series_number=1, session_id=None, score_id=new_id(),
            instrument="phq9", instrument_version=version, total=Decimal(number % 28),
            completeness=Completeness.COMPLETE, stated_total=None, answers={}, mode=Mode.TOTAL,
            seconds_taken=None, taken_at=FIRST + timedelta(days=who % 300 + 3 * which),
            time_known=True, occasion=Occasion.BEFORE_SESSION, hours_after=None, note="",
        )  # fmt: skip


def _wide(rows: int) -> Iterator[str]:
    yield "id,name,when,dose,weight,date,phq9\n"
    for number in range(rows):
        who, which = divmod(number, EACH)
        day = FIRST + timedelta(days=who % 300 + 3 * which)
        yield (
            f"W-{who:05},Wide{who},{day:%d/%m/%Y} 09:30,35,70,"
            f"{day - timedelta(days=1):%d/%m/%Y},{number % 28}\n"
        )
