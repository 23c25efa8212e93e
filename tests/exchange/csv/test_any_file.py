"""Whatever is uploaded: a table, or a refusal in words; never a crash."""

import contextlib
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.csv.reader import open_source
from tracker.exchange.guess.mapping import guess_file
from tracker.exchange.incoming import read_rows
from tracker.exchange.mapping.model import MappingError
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.exchange.tables import SCORES, SESSIONS
from tracker.instruments import library

ZONE = ZoneInfo("America/New_York")
CELLS = st.sampled_from(
    ["id", "dob", "Sex", "MADRS_pre", "date", "1", "-5", "3/4/24", "2024-13-40", "9" * 400, "NaN",
     "1,5", '"', "'=1", "=1", "", " ", "\x85", "1e309", "0000-00-00", "99999", "floating=", "M"]
)  # fmt: skip
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=5).map(",".join), max_size=6).map("\n".join)
FILES = st.binary(max_size=200) | LINES.map(str.encode)
MAPPING = """
patient = {record_number = "id", columns = {birth_date = "dob", sex = "sex"}}
anchor = {column = "day"}
scores = [{column = "total", instrument = "madrs", months_after = 999999}]
sessions = [{columns = {started_at = "day", dose_mg = "dose"}, fixed = {drug = "ketamine"}}]
"""


def read_all(source, mapping):
    with contextlib.suppress(MappingError, UnreadableFileError):
        for row in read_rows(source, mapping, zone=ZONE, instruments=library()):
            assert all(problem.message for problem in row.problems)


@settings(max_examples=200, deadline=None)
@given(data=FILES)
def test_any_bytes_are_read_or_refused_in_words(instruments, data):
    try:
        source = open_source(data)
    except UnreadableFileError:
        return
    guessed = guess_file(source, instruments)
    assert from_toml(guessed.to_toml()) == guessed.mapping
    read_all(source, guessed.mapping)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(CELLS | st.text(max_size=8), min_size=5, max_size=5))
def test_any_cells_are_read_through_a_mapping_or_become_problems(cells):
    mapping = from_toml(MAPPING.replace('drug = "ketamine"', 'drug = "ketamine", route = "iv"'))
    row = ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    with contextlib.suppress(UnreadableFileError):
        data = f"id,dob,sex,day,dose,total\n{row},5\n".encode(errors="replace")
        read_all(open_source(data, separator=","), mapping)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_cells_of_our_own_tables_are_read_or_become_problems(data):
    table = data.draw(st.sampled_from([SESSIONS, SCORES]))
    cells = [data.draw(CELLS | st.text(max_size=8)) for _ in table.headings]
    row = ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    text = f"{','.join(table.headings)}\n{row}\n".encode(errors="replace")
    with contextlib.suppress(UnreadableFileError):
        source = open_source(text, separator=",")
        read_all(source, from_toml(f'table = "{table.name}"'))
