import tomllib

import pytest

from tracker.domain.instruments.toml_lines import find, line_of
from tracker.instruments import FOLDER

ODD = '''\
# a comment with = and [brackets]
plain = 1   # another
"quoted key" = 'a # that is no comment'
a.b.c = """
two [[lines]]
here = 1 \\"""
"""
list = [
  1, 2,
  # between
  { x = "}", y = [3,
    4] },
]

[table.within]
key = \'\'\'
x\'\'\'

[[rows]]
name = "first"
  [[rows.cells]]
  value = -0.5
  [[rows.cells]]
  value = 1979-05-27T07:32:00Z

[[rows]]
name = "second"
[rows.more]
done = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("plain",), 2),
        (("quoted key",), 3),
        (("a", "b", "c"), 4),
        (("list",), 8),
        (("list", 0), 9),
        (("list", 2), 11),
        (("list", 2, "y", 1), 12),
        (("table", "within", "key"), 16),
        (("rows",), 19),
        (("rows", 0), 19),
        (("rows", 0, "cells", 1, "value"), 24),
        (("rows", 1), 26),
        (("rows", 1, "more", "done"), 29),
        (("rows", 1, "missing"), 26),
        (("rows", 1, "more", "missing"), 28),
        (("nowhere",), 1),
    ],
)
def test_every_key_is_found_on_its_line(path, line):
    assert line_of(path, find(ODD)) == line


def paths(data, path=()):
    """Name everything that a reader of TOML finds in a file."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*path, key))


@pytest.mark.parametrize("name", [path.name for path in sorted(FOLDER.glob("*.toml"))])
def test_everything_in_the_files_that_ship_is_found_where_it_stands(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    lines, rows = find(text), text.splitlines()
    for path in paths(tomllib.loads(text)):
        assert path in lines, path
        if isinstance(path[-1], str):
            assert path[-1] in rows[lines[path] - 1]


def test_everything_in_an_odd_file_is_found():
    assert set(paths(tomllib.loads(ODD))) <= set(find(ODD))


def test_a_text_that_is_no_toml_is_refused():
    with pytest.raises(ValueError, match="line 2"):
        find("a = 1\nb")
