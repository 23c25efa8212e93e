"""A network of clinics is spread by `clinic_id`: every clinical row tells its clinic."""

from tests.models import sharding
from tracker.models import db


def test_every_clinical_table_tells_its_clinic_itself_or_by_the_row_it_belongs_to():
    tables = db.metadata.tables
    without = {name for name in sharding.clinical() if "clinic_id" not in tables[name].c}
    assert without <= set(sharding.BY_PARENT), "Give the table a clinic_id"
    for name, parent in sharding.BY_PARENT.items():
        assert "clinic_id" not in tables[name].c, name
        assert "clinic_id" in tables[parent].c, name


def test_every_other_table_is_written_down():
    found = {name for name, one in db.metadata.tables.items() if "clinic_id" not in one.c}
    written = set(sharding.BY_PARENT) | sharding.ALIKE | sharding.BEFORE_A_CLINIC
    assert found == written


def test_the_page_lists_what_stands_in_the_way():
    page = sharding.PAGE.read_text(encoding="utf-8")
    assert page == sharding.page(), "Run: python -m tests.models.sharding --write"
