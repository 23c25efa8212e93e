import io
import json

import pytest

from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.csv.reader import Limits, open_source

SPECTRUM = [
    "comma_in_quotes",
    "empty",
    "empty_crlf",
    "escaped_quotes",
    "json",
    "newlines",
    "newlines_crlf",
    "quotes_and_newlines",
    "simple",
    "simple_crlf",
    "utf8",
]


def cells(data, **facts):
    return [row for _, row in open_source(data, **facts).rows()]


@pytest.mark.parametrize("name", SPECTRUM)
def test_awkward_but_valid_csv_is_read_as_its_authors_meant(real_data, name):
    source = open_source(real_data(f"csv-spectrum/csvs/{name}.csv"))
    expected = json.loads(real_data(f"csv-spectrum/json/{name}.json"))
    assert [dict(zip(source.header, row, strict=True)) for _, row in source.rows()] == expected


def test_a_broken_fixture_is_read_without_a_crash(real_data):
    source = open_source(real_data("csv-spectrum/csvs/location_coordinates.csv"))
    assert source.header[0] == "Contact Phone Number"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_the_encoding_is_found(encoding):
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    data = marks.get(encoding, b"") + "name,n\nZoë,1\n".encode(encoding)
    assert cells(data) == [["Zoë", "1"]]


def test_what_is_not_even_cp1252_is_read_as_latin_1():
    source = open_source(b"a,b\n\x81,1\n")
    assert source.encoding == "latin-1"


def test_a_stated_encoding_that_does_not_fit_is_refused_with_the_line():
    with pytest.raises(UnreadableFileError, match=r"not in utf-8: line 2 "):
        open_source(b"a,b\nZo\xeb,1\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="no encoding"):
        open_source(b"a,b\nc,1\n", encoding="klingon")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separator_and_line_end_are_found(separator, end):
    rows = [["id", "note"], ["1", "2,5"], ["2", 'a "b"; c']]
    if separator == ",":
        rows[1][1] = "25"
    lines = [separator.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in r) for r in rows]
    source = open_source(end.join(lines).encode())
    assert (source.separator, source.header) == (separator, ("id", "note"))
    assert [row for _, row in source.rows()] == rows[1:]


def test_decimal_commas_do_not_hide_the_semicolon():
    source = open_source(b"a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n")
    assert source.separator == ";"


def test_a_single_column_is_a_table_too():
    assert cells(b"total\n5\n6\n") == [["5"], ["6"]]


def test_lines_are_counted_as_an_editor_counts_them():
    source = open_source(b'a,b\n1,"x\ny"\n\n2,z\n')
    assert [line for line, _ in source.rows()] == [2, 5]


def test_titles_above_the_headings_are_passed_over(real_data):
    source = open_source(real_data("messy-clinic-sheets/messy_aki.csv"))
    assert source.header_row == 5
    assert source.header[:3] == ("study_id", "dob", "Race")
    assert source.header[5] == "column 6"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n\n \n", "no rows"),
        (b"a,a\n1,2\n", "headed 'a'"),
        (b"a, a \n1,2\n", "headed 'a'"),
        (b"a,b\n1,\0\n", "Line 2 holds a zero"),
        ("a,b\n1,2\n".encode("utf-16-le"), "zero character"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "xls"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8brest", "gzip"),
        (b"<!DOCTYPE html><p>", "web page"),
        (b'a,b\n1,2\n3,"open\n5,6\n', "begins on line 3"),
        (b'a,b\n1,"x"y\n', "begins on line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(data, message):
    with pytest.raises(UnreadableFileError, match=message):
        list(open_source(data).rows())


def test_a_quotation_mark_inside_a_plain_cell_is_only_a_character():
    assert cells(b'a,b\n5" needle,1\n') == [['5" needle', "1"]]


def test_a_spreadsheet_of_the_real_data_is_refused(real_data):
    with pytest.raises(UnreadableFileError, match="spreadsheet"):
        open_source(real_data("messy-clinic-sheets/messy_glucose.xlsx"))


def test_two_rows_of_headings_are_refused_by_name(real_data):
    with pytest.raises(UnreadableFileError, match="headed 'BP', 'HR'"):
        open_source(real_data("messy-clinic-sheets/messy_bp.csv"))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(size_bytes=10), "larger than"),
        (Limits(columns=1), "more than 1 columns"),
        (Limits(rows=2), "more than 2 rows"),
    ],
)
def test_every_limit_has_its_message(limits, message):
    with pytest.raises(UnreadableFileError, match=message):
        list(open_source(io.BytesIO(b"a,b\n1,2\n3,4\n5,6\n"), limits=limits).rows())


def test_a_cell_that_swallows_the_file_is_refused_with_its_line():
    data = b'a,b\n1,"' + b"x" * 70_000 + b'"\n'
    with pytest.raises(UnreadableFileError, match="Line 2 has a cell of more than 65,536"):
        open_source(data)


def test_a_missing_heading_row_is_said():
    with pytest.raises(UnreadableFileError, match="no row 9"):
        open_source(b"a,b\n1,2\n", header_row=9)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "zlib", "undefined", "\0", "nonsense"])
def test_a_stated_encoding_that_is_none_is_refused_in_words(encoding):
    with pytest.raises(UnreadableFileError, match="is no encoding"):
        open_source(b"a,b\n1,2\n", encoding=encoding)
