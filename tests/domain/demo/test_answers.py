from decimal import Decimal
from random import Random

import pytest

from tracker.domain.demo.answers import spread
from tracker.domain.instruments import scoring
from tracker.instruments import library

ASKED = ("phq9", "gad7", "pcl5", "pcl5-week", "peg", "mood-nrs", "pain-nrs")


@pytest.mark.parametrize("code", ASKED)
def test_invented_answers_add_up_to_their_total(code):
    instrument = library()[code]
    for total in range(int(instrument.minimum), int(instrument.maximum) + 1):
        answers = spread(instrument, Decimal(total), Random(total))
        assert scoring.check_answers(instrument, answers) == []
        assert scoring.score(instrument, answers).total == total


def test_nobody_invented_thinks_of_suicide_unless_it_is_asked_for():
    phq9 = library()["phq9"]
    assert spread(phq9, Decimal(20), Random(1))["phq9_9"] == 0
    assert spread(phq9, Decimal(20), Random(1), suicide=1)["phq9_9"] == 1
    assert spread(phq9, Decimal(26), Random(1))["phq9_9"] == 2
