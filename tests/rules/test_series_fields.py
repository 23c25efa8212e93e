"""What is planned of a series is typed, kept, shown, told, brought in and taken out: all of it."""

import pytest

from tests.rules.checkout import TEMPLATES, text
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.domain.series.record import SeriesRecord
from tracker.exchange.tables.series import SERIES
from tracker.models.series import Series
from tracker.services.exports import stream as export_stream
from tracker.services.imports import store as import_store
from tracker.services.series import commands as series_commands
from tracker.web.series.forms import SeriesChangeForm, SeriesForm

FIELDS = pytest.mark.parametrize("name", list(SeriesChange.__struct_fields__))


@FIELDS
def test_it_is_typed_when_a_series_is_planned_and_when_it_is_changed(name):
    assert name in set(SeriesDraft.__struct_fields__)
    for form, page in ((SeriesForm, "series/new.html"), (SeriesChangeForm, "series/edit.html")):
        assert hasattr(form, name)
        assert f"form.{name}" in text(TEMPLATES / page)


@FIELDS
def test_it_is_kept_with_what_stood_before(name):
    assert name in Series.__table__.columns
    assert name in series_commands._KEPT
    assert f"plan.{name}" in text(TEMPLATES / "series/show.html")


@FIELDS
def test_it_goes_out_and_comes_back(name):
    assert name in set(SeriesRecord.__struct_fields__)
    assert name in {column.field for column in SERIES.columns}
    assert name in export_stream.SOURCES["series"].fields
    assert name in import_store.SERIES
