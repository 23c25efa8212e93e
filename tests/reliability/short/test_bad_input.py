"""Bad input is refused in words or comes back as it was, never half and never with a crash."""

import pytest

from tests.reliability.bad_input import cases, forms
from tests.reliability.bad_input.bench import Bench
from tests.reliability.files import uploads
from tests.reliability.files.corpus import BAR, corpus

# One form of each kind of page, and of each kind of case a few that broke something elsewhere.
FORMS = {"patients.new", "sessions.record", "diary.note", "security.login"}
CASES = {
    "U+0000", "1 MB", "one more", "full of four", "combining", "right to left", "override", "emoji",
    "script", "template", "sql", "CRLF", "header", "format", "nothing", "full",
    "NaN", "inf", "1e309", "-1", "9" * 20, "2026-02-30", "0000-01-01", "99999-01-01", "2999-01-01",
    "24:00", "nonsense",
}  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bad-input"))


def test_there_are_sixty_cases_of_every_kind():
    few = {kind: len(list(of(200))) for kind, of in cases.OF.items() if len(list(of(200))) < 60}
    assert not few


def test_bad_input_is_refused_or_comes_back(bench):
    these = FORMS.__contains__
    done = forms.run(bench, only=lambda one: one.name in CASES, which=these, pages_of=these)
    assert {endpoint for _, endpoint in done.forms} == FORMS
    assert done.tried > 150
    assert done.came_back > 10
    assert not done.faults, "\n".join(forms.shorten(done.faults))


def test_odd_files_come_in_whole_or_not_at_all_and_are_undone(bench):
    done = uploads.run(bench, large=False, every=13)
    assert len(done.lines) > 6
    assert not done.faults, "\n".join(done.faults)


def test_every_file_that_the_bar_names_is_there():
    names = [one.name for one in corpus()]
    assert len(names) == len({*names}) > 100
    assert not {*BAR.values()} - {*names}
