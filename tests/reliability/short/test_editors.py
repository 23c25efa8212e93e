"""Nobody overwrites anybody silently, and five sends make one record: a round of each form."""

from tests.reliability.bad_input.bench import Bench
from tests.reliability.editors import rounds as editors


def test_a_round_of_each_form(tmp_path):
    done = editors.run(Bench(tmp_path), edit_rounds=1, create_rounds=0)
    assert done.edits > 5
    assert not done.faults
