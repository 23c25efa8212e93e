import pytest

from tracker.domain import parsing


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "\x7f", "\ud800", "\ufffe"])
def test_a_character_that_no_keyboard_writes_is_refused(text):
    with pytest.raises(ValueError, match="cannot be stored"):
        parsing.refuse_unstorable(text)


def test_line_ends_tabs_and_every_script_are_fine():
    parsing.refuse_unstorable("Zo\u00eb\tsaid\r\n\u5e73\u9759")


def test_a_text_may_be_as_long_as_its_kind_and_no_longer():
    assert list(parsing.check_length("note", "x" * parsing.LINE_MAX, parsing.LINE_MAX)) == []
    [problem] = parsing.check_length("note", "x" * (parsing.LINE_MAX + 1), parsing.LINE_MAX)
    assert problem.field == "note"
    assert "longer than 200 characters" in problem.message
