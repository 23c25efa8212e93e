"""Workers start a new instance at once; at length: python -m tests.reliability.first_start"""

import pytest

from tests.databases import PostgresqlTemplates
from tests.reliability import first_start


@pytest.mark.both_databases
def test_several_workers_start_for_the_first_time_at_once(templates, tmp_path):
    on_server = isinstance(templates, PostgresqlTemplates)
    url = next(first_start.fresh(templates.url)) if on_server else ""
    assert list(first_start.round_of(tmp_path, url, workers=2, people=1)) == []
