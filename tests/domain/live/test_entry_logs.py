from datetime import timedelta

from msgspec.structs import replace

from tests.builders.session_logs import log as written
from tests.builders.session_logs import read
from tracker.domain.live.entries import Note, Withdrawal, arrived_later, log


def test_corrections_stand_under_what_they_correct_with_the_first_value_kept():
    first, other, second, third = written(
        (5, read("182/82")), (6, Note(text="calm")), (5, read("128/82"), "key-1"),
        (4, read("126/82"), "key-3"),
    )  # fmt: skip
    lines = log([third, first, other, second])
    assert [line.visible_entry for line in lines] == [third, other]
    assert lines[0].earlier == (first, second)
    assert lines[0].withdrawals == ()
    assert not lines[0].is_withdrawn


def test_what_was_withdrawn_is_still_told():
    first, second, gone = written(
        (5, read("182/82")), (5, read("128/82"), "key-1"), (9, Withdrawal(reason="x"), "key-2")
    )
    (line,) = log([first, second, gone])
    assert line.is_withdrawn
    assert (line.visible_entry, line.earlier, line.withdrawals) == (second, (first,), (gone,))


def test_a_correction_that_arrives_after_a_withdrawal_holds():
    first, gone, again = written(
        (5, read("182/82")), (9, Withdrawal(reason="x"), "key-1"), (5, read("128/82"), "key-1")
    )
    (line,) = log([first, gone, again])
    assert not line.is_withdrawn
    assert line.visible_entry == again


def test_a_withdrawal_of_what_is_not_here_is_shown_by_itself():
    (gone,) = written((9, Withdrawal(reason="x"), "key-9"))
    (line,) = log([gone])
    assert (line.visible_entry, line.earlier, line.is_withdrawn) == (gone, (), True)


def test_only_what_came_notably_later_arrived_later():
    (prompt,) = written((5, read("120/80")))
    assert not arrived_later(prompt)
    assert arrived_later(replace(prompt, received_at=prompt.at + timedelta(minutes=3)))
    assert arrived_later(replace(prompt, is_late=True))
