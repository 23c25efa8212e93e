"""The names that clinics and studies give to columns, as seen in real files.

Headings are compared as words: case, accents and all but letters and digits fall away, so that
`pat_id`, `Pat ID` and `patId` are one. Known synonyms matter more than likeness: no engine that was
tried found "Wt", "pt id" or "Comment" by itself.
"""

RECORD_NUMBER = """
    id, patient id, pat id, pt id, client id, client, patient, patient no, patient number, mrn,
    medical record number, record number, record no, record id, subject, subject id, subjid,
    usubjid, study id, participant, participant id, pid, case number, chart number
"""

PATIENT = {
    "birth_date": "dob, date of birth, birth date, birthdate, birthday, born, patient dob",
    "sex": "sex, gender, patient sex, patient gender",
    "given_name": "given name, given names, first name, firstname, forename, fname",
    "family_name": "family name, last name, lastname, surname, lname",
    "email": "email, e mail, email address, patient email",
    "phone": "phone, phone number, telephone, tel, mobile, cell, cell phone",
}

SCORE = {
    "date_column": """
        date, visit date, assessment date, date submited, date submitted, date completed, completed,
        completed at, completed on, taken at, taken on, date taken, test date, survey date, qsdtc,
        adt, first opened
    """,
    "instrument_column": """
        instrument, scale, test, measure, questionnaire, form, survey, qscat, paramcd, assessment
    """,
    "column": "total, score, total score, result, aval, sum score, value",
    "occasion_column": "occasion, visit, timepoint, time point, avisit, visit name",
    "note_column": "note, notes, comment, comments, remark, remarks",
}

SESSION = {
    "started_at": """
        started at, usage date, treatment date, infusion date, session date, date of treatment,
        date of infusion, date of ketamine administration, administration date
    """,
    "start_time": "start time, time started, time, infusion start",
    "drug": "drug, medication, medicine, agent, substance",
    "route": "route, modality, route of administration, administration route",
    "dose_mg": """
        dose, dose mg, mg, dosage, dosage administered, dose given, ketamine dose mg, ketamine dose,
        final ketamine dose current visit mg
    """,
    "weight_kg": """
        weight, weight kg, wt, wt kg, patient weight kg, body weight, weight lb, weight lbs,
        wt lb, wt lbs, patient weight lb, patient weight lbs
    """,
    "duration_minutes": "duration, duration minutes, duration min, minutes, infusion minutes",
    "dose_notes": "dose notes, dose note, dose comment",
    "mood_before": "mood before, mood pre, pre mood, mood before session",
    "mood_after": "mood after, mood post, post mood, mood after session",
    "pain_before": "pain before session, pre session pain",
    "pain_after": "pain after session, post session pain",
    "dissociation_peak": "dissociation, dissociation peak, peak dissociation",
    "before_blood_pressure": "bp before, bp pre, pre bp, blood pressure before, start bp",
    "after_blood_pressure": "bp after, bp post, post bp, blood pressure after, end bp",
    "before_systolic_mmhg": "sbp before, sbp pre, pre sbp, systolic before",
    "before_diastolic_mmhg": "dbp before, dbp pre, pre dbp, diastolic before",
    "before_heart_rate_bpm": "hr before, hr pre, pre hr, pulse before",
    "before_spo2_percent": "spo 2 before, spo 2 pre, pre spo 2",
    "after_systolic_mmhg": "sbp after, sbp post, post sbp, systolic after",
    "after_diastolic_mmhg": "dbp after, dbp post, post dbp, diastolic after",
    "after_heart_rate_bpm": "hr after, hr post, post hr, pulse after",
    "after_spo2_percent": "spo 2 after, spo 2 post, post spo 2",
    "discharged_at": "discharged at, discharge time, discharge, left at",
    "escort": "escort, escorted by, driver",
    "private_notes": "session notes, clinician notes, treatment notes",
}

# Computed from dose and weight; said so, never imported.
COMPUTED = "mg kg, dose mg kg, ketamine dose mg kg, dose mg per kg"

SESSION_WORDS = {
    "drug": {
        "spravato": "esketamine",
        "s-ketamine": "esketamine",
        "ketalar": "ketamine",
        "ketamine hcl": "ketamine",
    },
    "route": {
        "intravenous": "iv",
        "infusion": "iv",
        "intramuscular": "im",
        "injection": "im",
        "subcutaneous": "sc",
        "intranasal": "nasal",
        "nasal spray": "nasal",
        "in": "nasal",
        "po": "oral",
        "sl": "sublingual",
        "troche": "sublingual",
        "lozenge": "sublingual",
    },
}

# Other names of scales, by our code; names without their number (PHQ for phq9) are known anyway.
INSTRUMENTS = {
    "hamd17": "hamd, ham d, ham d 17, hdrs, hdrs 17, hrsd, hamdtl 17",
    "qids-sr16": "qids, qids sr, qids sr 16",
    "bdi2": "bdi, bdi ii",
    "pain-nrs": "pain, nrs pain, pain nrs, vas pain, pain vas",
    "mood-nrs": "mood, mood nrs",
    "anxiety-nrs": "anxiety nrs",
}

# How files number the questions of a scale, by our code: NHANES has DPQ010 to DPQ090, CDISC GAD0201
# to GAD0207. A scale's own names are known anyway.
ITEMS = {
    "phq9": "phq{n}, phq item {n}, dpq{n}0",
    "gad7": "gad{n}, gad item {n}, gad20{n}",
    "pcl5": "pcl{n}, pcl item {n}, p{n}",
    "pcl5-week": "pcl weekly {n}, pcl week {n}",
}
TOTAL_ITEMS = {"gad7": "gad208"}
# 7 is "refused" and 9 "don't know" in NHANES.
NOT_ANSWERED = {"dpq": ("7", "9")}

ANSWER = {
    "item_column": "item, item code, question, question code, qstestcd, link id, item id",
    "answer_column": "answer, response, answer text, response text, qsorres, value, result, score",
    "number_column": "answer number, answer value, response value, qsstresn, numeric value",
}

TOTAL_WORDS = frozenset(("total", "totals", "tot", "score", "scores", "sum", "value"))
BASELINE_WORDS = frozenset(
    ("pre", "baseline", "base", "bl", "before", "screening", "initial", "admission")
)
LATER_WORDS = frozenset(
    ("post", "after", "end", "final", "followup", "fu", "follow", "up", "discharge", "at", "op")
)


def names(listed: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(" ".join(name.split()) for name in listed.split(","))


def lookup(table: dict[str, str]) -> dict[str, str]:
    """Turn a table of lists round: from each name to what it stands for."""
    return {name: field for field, listed in table.items() for name in names(listed)}
