"""Whatever is tampered with at random in the trail or in clinical rows is found."""

from tests.reliability.trail import Bench, tamper


def test_random_tampers_are_found(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("trail"))
    assert not bench.is_found()
    missed = [what for what, is_found in tamper(bench, 40, seed=2) if not is_found]
    assert not missed, missed
    assert not bench.is_found()
