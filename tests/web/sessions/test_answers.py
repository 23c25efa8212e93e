import pytest

from tracker.domain.problems import Finding
from tracker.web.sessions import answers


def test_what_the_page_showed_is_read_back():
    shown = [Finding("dose_mg", "Much.", "a label"), Finding("weight_kg", "Little.", "a label")]
    assert answers.read(answers.write(shown)) == ["Much.", "Little."]


@pytest.mark.parametrize("text", [None, "", "{", "3", '{"a": 1}', "[1, null]", "[" * 200_000])
def test_whatever_is_no_list_of_messages_is_none(text):
    assert answers.read(text) == []
