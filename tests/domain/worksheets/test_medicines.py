from datetime import date

import pytest

from tests.builders.worksheets import facts
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug
from tracker.domain.eligibility.draft import EligibilityDraft, Medicine, MedicineFlag
from tracker.domain.worksheets.prefill import prefill


def values(told):
    return {code: one.value for code, one in prefill(told).items() if one.value}


def assessed(*medicines, any_medicines=YesNoUnknown.YES):
    return EligibilityDraft(
        drug=Drug.ESKETAMINE, assessed_on=date(2026, 2, 20), any_medicines=any_medicines,
        medicines=medicines,
    )  # fmt: skip


def medicine(name, *flags):
    return Medicine(name=name, flags=flags)


ASKED = ("benzodiazepines", "sedative_hypnotics", "psychostimulants", "maois", "opioids")


class TestMedicines:
    def test_nobody_asked_so_nothing_is_said(self):
        assert not {"benzodiazepines", "maois", "opioids"} & set(values(facts()))

    def test_no_medicines_at_all_is_a_no_to_each(self):
        found = values(facts(eligibility=assessed(any_medicines=YesNoUnknown.NO)))
        assert {found[code] for code in ASKED} == {"no"}

    def test_a_flagged_medicine_is_a_yes_and_named(self):
        draft = assessed(medicine("Oxycodone", MedicineFlag.OPIOID))
        told = prefill(facts(eligibility=draft))
        assert told["opioids"].value == "yes"
        assert told["opioids"].source == "Eligibility of 20 Feb 2026: Oxycodone"
        assert told["maois"].value == "no"

    def test_a_sedative_may_be_of_either_class_so_a_person_says(self):
        draft = assessed(medicine("Lorazepam", MedicineFlag.DEPRESSANT))
        told = prefill(facts(eligibility=draft))
        for code in ("benzodiazepines", "sedative_hypnotics"):
            assert told[code].value == ""
            assert "Lorazepam" in told[code].remark

    @pytest.mark.parametrize("flags", [(), (MedicineFlag.UNKNOWN,)])
    def test_a_medicine_nobody_judged_leaves_every_no_open(self, flags):
        draft = assessed(medicine("Oxycodone", MedicineFlag.OPIOID), medicine("New", *flags))
        found = values(facts(eligibility=draft))
        assert found["opioids"] == "yes"
        assert "maois" not in found

    def test_a_change_since_takes_the_answer_back_and_says_what_it_was(self):
        told = prefill(
            facts(eligibility=assessed(any_medicines=YesNoUnknown.NO), medication_changed=True)
        )
        assert told["opioids"].value == ""
        assert told["opioids"].remark == (
            "New or changed medication since the assessment. Eligibility of 20 Feb 2026 said no."
        )
