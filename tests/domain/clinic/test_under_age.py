from datetime import date

from tracker.domain.clinic import under_age
from tracker.domain.clinic.labels import applying


def test_only_who_is_known_to_be_under_age_is_told():
    born = date(2012, 6, 1)
    assert under_age.words(born, date(2026, 6, 1)) == "The patient is 14, under 18,"
    assert under_age.is_under_age(born, date(2030, 5, 31))
    assert under_age.words(born, date(2030, 6, 1)) == ""
    assert under_age.words(None, date(2026, 6, 1)) == ""
    assert not under_age.is_under_age(born, None)


def test_the_us_label_is_cited_where_it_applies():
    assert "Spravato US label" in under_age.SOURCE.text(applying("US"))
    assert under_age.SOURCE.text(applying("IE")) == "clinic default: under 18, asked who consents"
