"""Nobody overwrites anybody silently, and five sends make one record: a round of each form."""

import pytest

from tests.reliability.bad_input.bench import Bench
from tests.reliability.editors import rounds as editors
from tests.web.drafts.every_form import CREATES, EDITS, STEPS

# What several people make in the same minute, where two at once meet in the database.
MADE_AT_ONCE = ("calendar.add", "patients.new", "scores.new", "sessions.record", "stock.move")


def test_a_round_of_each_form(tmp_path):
    done = editors.run(Bench(tmp_path), edit_rounds=1, create_rounds=1)
    assert (done.edits, done.creates) == (len(EDITS) + len(STEPS), len(CREATES))
    assert not done.faults


@pytest.mark.postgres
def test_five_sends_at_once_on_postgresql(tmp_path, postgresql_templates):
    bench = Bench(tmp_path, server=postgresql_templates.url)
    done = editors.run(bench, edit_rounds=0, create_rounds=1, wanted=MADE_AT_ONCE.__contains__)
    assert done.creates == len(MADE_AT_ONCE)
    assert not done.faults
