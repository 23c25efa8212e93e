"""A disk that runs full while people work: the short form of `tests.reliability.full_disk`."""

from tests.reliability import full_disk
from tests.reliability.full_disk import Load

SHORT = Load(full_s=0.8, before_s=0.4, writers=2, readers=1, pace_s=0.05)


def test_a_full_disk_loses_nothing_and_records_can_be_read(sqlite_templates):
    outcome = full_disk.measure("waitress", SHORT, templates=sqlite_templates)
    assert outcome.faults == []
