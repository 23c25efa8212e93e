import json
from types import SimpleNamespace

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks._figures import Figure

FIGURES = {
    "pages": [Figure("a page / bare page", 8.5, 9), Figure("answers, ms", 12)],
    "memory": [Figure("growth, MiB", 1.5, 1), Figure("share", 0.4, 0.3, at_least=True)],
}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Where the table goes; two benchmarks that measure nothing."""
    (tmp_path / ".github").mkdir()
    monkeypatch.setattr(benchmarks, "TABLE", tmp_path / ".github" / "performance.md")
    monkeypatch.setattr(benchmarks, "NAMES", ["memory", "pages"])
    monkeypatch.setattr(
        benchmarks, "import_module", lambda name: SimpleNamespace(run=lambda: FIGURES[name[17:]])
    )
    return benchmarks.TABLE


def test_what_can_be_measured_is_listed(table, capsys):
    assert benchmarks.main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == ["memory", "pages"]


def test_a_whole_run_writes_the_table_and_fails_by_one_figure_beyond(table, capsys):
    assert benchmarks.main([]) == 1
    lines = table.read_text().splitlines()
    assert "| pages: a page / bare page | 8.5 | <= 9 |" in lines
    assert "| pages: answers, ms | 12 | none |" in lines
    assert "| memory: growth, MiB | 1.5 (beyond) | <= 1 |" in lines
    assert "| memory: share | 0.4 | >= 0.3 |" in lines
    assert "[1/2] memory" in capsys.readouterr().err


def test_a_part_is_measured_and_printed_as_json_without_a_table(table, capsys):
    assert benchmarks.main(["pages", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["figures"][0] == {
        "benchmark": "pages", "what": "a page / bare page", "measured": 8.5, "limit": 9,
        "at_least": False, "is_within": True,
    }  # fmt: skip
    assert set(told["machine"]) > {"date", "cores", "python"}
    assert not table.exists()


def test_a_name_that_is_not_there_is_said_so(table, capsys):
    with pytest.raises(SystemExit):
        benchmarks.main(["speed"])
    assert "There is no speed. There are: memory, pages." in capsys.readouterr().err
