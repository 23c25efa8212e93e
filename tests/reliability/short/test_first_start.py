"""Everybody starts an empty instance at once; at length: python -m tests.reliability.first_start."""

import pytest

from tests.reliability import first_start


@pytest.mark.both_databases
def test_everybody_starts_at_once_and_there_is_one_clinic(database_server, tmp_path):
    assert list(first_start.round_of(tmp_path, database_server, workers=2)) == []
