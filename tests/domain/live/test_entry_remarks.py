from decimal import Decimal

from tests.builders.session_logs import log
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live.entries import Dose, Infusion, InfusionAction, Reading, Withdrawal
from tracker.domain.live.entry_text import remarks

SETTINGS = TreatmentSettings()
DEVICE = Dose(dose_mg=Decimal(28))


def told(entries, drug=Drug.KETAMINE, route=Route.IV):
    """Give what is said of entries, by the number in their keys."""
    found = remarks(entries, drug, route, SETTINGS)
    return {key.removeprefix("key-"): [one.message for one in said] for key, said in found.items()}


def did(*actions):
    """Log things done with an infusion, one a minute; R is a new rate."""
    names = {
        "start": InfusionAction.START, "pause": InfusionAction.PAUSE, "R": InfusionAction.RATE,
        "resume": InfusionAction.RESUME, "stop": InfusionAction.STOP,
    }  # fmt: skip
    return log(*((n, Infusion(action=names[name])) for n, name in enumerate(actions)))


def test_a_whole_infusion_has_nothing_to_check():
    whole = ("start", "R", "pause", "R", "resume", "R", "pause", "stop", "start", "stop")
    assert told(did(*whole)) == {}


def test_a_slip_in_the_order_is_telling_moment_its_entry():
    assert told(did("stop")) == {
        "1": ["Check the order: Infusion stopped, but nothing came before it"]
    }
    assert told(did("start", "resume")) == {
        "2": ["Check the order: Infusion resumed, but before it: Infusion started"]
    }
    for slip in (
        ("start", "start"), ("start", "stop", "stop"), ("pause",), ("start", "pause", "pause"),
        ("start", "stop", "R"), ("start", "pause", "R", "pause"), ("resume",),
    ):  # fmt: skip
        assert list(told(did(*slip))) == [str(len(slip))]


def test_the_order_is_that_of_the_clock_and_of_what_stands():
    start, stop = Infusion(action=InfusionAction.START), Infusion(action=InfusionAction.STOP)
    assert told(log((40, stop), (0, start))) == {}
    assert told(log((0, start), (40, stop), (30, Withdrawal(reason="Slip"), "key-1"))) == {
        "2": ["Check the order: Infusion stopped, but nothing came before it"]
    }


def test_a_reading_beyond_a_limit_says_which_even_when_it_was_corrected():
    entries = log(
        (15, Reading(systolic_mmhg=152, diastolic_mmhg=88)),
        (15, Reading(systolic_mmhg=132, diastolic_mmhg=88), "key-1"),
    )
    assert told(entries) == {"1": ["Systolic pressure 152 mmHg, above 140"]}


def test_devices_are_five_minutes_apart_and_hold_28_mg():
    entries = log((0, DEVICE), (5, DEVICE), (9.9, Dose(dose_mg=Decimal(56))))
    assert told(entries, Drug.ESKETAMINE, Route.NASAL) == {
        "3": [
            "Check the dose: 56 mg, and a device holds 28 mg",
            "4 min after the device before; the label asks for 5",
        ]
    }


def test_ketamine_has_no_devices():
    entries = log((0, Dose(dose_mg=Decimal(50))), (1, Dose(dose_mg=Decimal(50))))
    assert told(entries, Drug.KETAMINE, Route.NASAL) == {}
    assert told(entries, Drug.ESKETAMINE, Route.IV) == {}
