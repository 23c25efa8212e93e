"""None of these is told from not asked, everywhere."""

from tracker.domain.codes import Effect, Severity
from tracker.domain.sessions import effects

MILD = {Effect.FLOATING: Severity.MILD}
NONE = {Effect.NONE: None}


def test_not_asked_none_and_some_are_three_things():
    assert [list(effects.texts(one)) for one in ({}, NONE, MILD)] == [
        [], ["None of these"], ["Floating (mild)"],
    ]  # fmt: skip
    assert [effects.present(one) for one in ({}, NONE, MILD)] == [{}, {}, MILD]


def test_none_stands_alone_and_has_no_degree():
    for fine in ({}, NONE, MILD):
        assert not list(effects.check("effects", fine))
    for wrong in (NONE | MILD, {Effect.NONE: Severity.MILD}, {Effect.FLOATING: None}):
        assert [one.field for one in effects.check("effects", wrong)] == ["effects"]
