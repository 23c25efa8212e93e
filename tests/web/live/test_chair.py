"""What the page at the chair is told of the rules that it evaluates by itself."""

from tracker.domain.clinic.labels import SPRAVATO, UNTIL_CHOSEN
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import monitoring
from tracker.web.live import chair

ESKETAMINE = (Drug.ESKETAMINE, Route.NASAL)


def rule(drug, route, **settings):
    return chair.schedule(monitoring.schedule(drug, route, TreatmentSettings(**settings)))


def test_the_rule_of_the_readings_is_sent_as_the_clinic_set_it():
    sent = rule(Drug.KETAMINE, Route.IV, reading_every_minutes=10, late_after_minutes=3)
    assert (sent["every"], sent["lateAfter"], sent["untilStable"]) == (10, 3, None)
    assert "respiratory_rate_per_min" in sent["signs"]


def test_the_rule_of_a_label_comes_with_its_minutes_and_the_pressure_it_asks_for():
    sent = rule(*ESKETAMINE, systolic_warn_mmhg=150)
    assert (sent["every"], sent["minutes"], sent["untilStable"]) == (None, (40, 120), (150, 90))
    assert sent["signs"] == ["systolic_mmhg"]


def test_only_nasal_esketamine_comes_in_devices():
    sent = chair.device(*ESKETAMINE, UNTIL_CHOSEN)
    assert sent == {"mg": 28, "apartMinutes": 5, "source": SPRAVATO}
    assert chair.device(Drug.ESKETAMINE, Route.IV, UNTIL_CHOSEN) is None
    assert chair.device(Drug.KETAMINE, Route.NASAL, UNTIL_CHOSEN) is None
