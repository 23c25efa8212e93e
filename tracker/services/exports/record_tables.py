"""What of each table is in a patient's copy, under which words; and what is not, with the reason.

A test holds this to the schema: a table or a column that is in neither place fails it.
"""

from collections.abc import Mapping
from typing import Any

from tracker.domain.codes import (
    AlertKind,
    CheckInState,
    Completeness,
    CourseRole,
    Drug,
    Indication,
    MailTime,
    Mode,
    Occasion,
    Phase,
    ReplyState,
    Route,
    SeriesState,
    Sex,
    Word,
)
from tracker.domain.diary.kinds import DiaryKind, Sleep
from tracker.domain.eligibility.draft import Decision
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.domain.stock.lots import Movement
from tracker.domain.worksheets.form import Channel, WorksheetState

# A label, and the words of a code where the column holds one.
Shown = str | tuple[str, type[Word]]

COLUMNS: Mapping[str, Mapping[str, Shown]] = {
    "patient": {
        "record_number": "Record number", "other_number": "Other number",
        "given_name": "Given name", "family_name": "Family name", "birth_date": "Born on",
        "sex": ("Sex", Sex), "email": "E-mail", "phone": "Telephone",
        "indications": ("Treated for", Indication), "mail_stopped_at": "E-mails stopped",
        "mail_time": ("E-mails come", MailTime),
        "archived_at": "Put away", "archived_reason": "Why it was put away",
        "created_at": "Record made",
    },
    "user": {
        "name": "Name of your account", "email": "E-mail of your account",
        "sign_in_name": "Sign-in name", "email_wanted": "E-mail it is to have",
        "email_asked_at": "Asked for", "codes_kept_at": "Recovery codes kept",
        "invited_at": "Invited", "confirmed_at": "Account opened",
        "last_login_at": "Sign-in before the last", "last_login_ip": "From the address",
        "current_login_at": "Last sign-in", "current_login_ip": "From this address",
        "login_count": "Sign-ins in all", "failed_count": "Wrong passwords since",
        "failed_since": "Counted since", "locked_until": "Locked until",
        "closed_until": "Closed to unknown browsers until", "tf_primary_method": "Second step",
        "create_datetime": "Account made", "update_datetime": "Account changed",
    },
    "diary_entry": {
        "kind": ("What it is about", DiaryKind), "written_at": "Written", "written_by": "By",
        "sleep": ("How you slept", Sleep), "words": "Your words", "read_at": "Read",
        "read_by": "Read by", "withdrawn_at": "Taken back",
    },
    "account_change": {
        "at": "Changed", "by_name": "By", "action": "What was done", "reason": "Why",
    },
    "sign_in": {
        "began_at": "Signed in", "seen_at": "Last used", "ended_at": "Signed out",
        "end_reason": "How it ended", "address": "From the address",
    },
    "known_device": {
        "name": "Browser", "began_at": "Known since", "seen_at": "Last signed in",
    },
    "passkey": {"name": "Passkey", "made_at": "Added", "used_at": "Last used"},
    "health_item": {
        "kind": ("What", HealthItemKind), "name": "Name", "detail": "More about it",
        "noted_on": "Since", "recorded_at": "Written down", "recorded_by": "By",
        "ended_on": "Ended on", "ended_at": "End written down", "ended_by": "Ended by",
        "ended_reason": "Why it ended",
    },
    "referral_letter": {
        "recipient": "To", "words": "What it says", "written_at": "Signed", "written_by": "By",
    },
    "safety_check": {
        "kind": ("What was tested", CheckKind), "checked_on": "On", "value": "Result",
        "recorded_at": "Written down", "recorded_by": "By", "voided_at": "Struck out",
        "voided_by": "Struck out by", "voided_reason": "Why it was struck out",
    },
    "eligibility": {
        "drug": ("For", Drug), "assessed_on": "Day", "decision": ("Decided", Decision),
        "reason": "Why", "decided_at": "Decided on", "decided_by": "Decided by",
        "made_at": "Begun", "made_by": "Begun by",
    },
    "series": {
        "number": "Series", "indication": ("For", Indication), "drug": ("Drug", Drug),
        "route": ("How it is given", Route), "phase": ("Phase", Phase),
        "course_role": ("Begins or goes on", CourseRole), "template": "Plan",
        "planned_dose_mg": "Planned dose, mg", "planned_dose_mg_per_kg": "Planned dose, mg/kg",
        "starts_on": "Starts on", "planned_time": "Usual time", "chair": "Usual chair",
        "weekdays": "Days of the week", "state": ("State", SeriesState),
        "state_reason": "Reason for the state",
        "eligibility_reason": "Why it began without a check", "created_at": "Planned",
    },
    "assessment": {
        "total": "Score", "stated_total": "Score as it was told",
        "completeness": ("How much was answered", Completeness), "mode": ("How", Mode),
        "occasion": ("When it was asked", Occasion), "taken_at": "Answered",
        "hours_after": "Hours after the dose", "seconds_taken": "Seconds it took",
        "recorded_at": "Written down", "recorded_by": "By", "voided_at": "Struck out",
        "voided_by": "Struck out by", "voided_reason": "Why it was struck out",
    },
    "check_in": {
        "occasion": ("When it was asked", Occasion), "opens_at": "Open from", "due_at": "Due",
        "closes_at": "Open until", "state": ("What became of it", CheckInState),
        "reason": "Reason", "made_at": "Planned", "made_by": "By", "finished_at": "Over",
    },
    "reply": {
        "state": ("What became of it", ReplyState), "reason": "Reason you gave",
        "began_at": "Begun", "saved_at": "Last saved", "seconds_taken": "Seconds it took",
    },
    "alert": {
        "kind": ("What it was about", AlertKind), "raised_at": "When",
        "acknowledged_at": "Dealt with", "acknowledged_by": "By", "done": "What was done",
    },
    "worksheet": {
        "form_version": "Version of the form", "state": ("State", WorksheetState),
        "due_on": "Due on", "submitted_at": "Sent in", "submitted_by": "Sent in by",
        "channel": ("How it was sent", Channel), "confirmation": "Confirmed as",
        "made_at": "Begun", "changed_at": "Last changed", "changed_by": "By",
    },
    "letter": {
        "kind": "Kind", "address": "To", "queued_at": "Laid ready", "sent_at": "Sent",
        "dropped_at": "Given up",
    },
    "stock_entry": {
        "kind": ("What", Movement), "amount_mg": "Amount, mg", "at": "When",
        "recorded_at": "Written down", "by": "By", "witness": "Second person",
        "reason": "Reason",
    },
}  # fmt: skip
# Laid out by hand in `record_sections` and `record_sessions`: nested, or by the domain's words.
BY_HAND = {
    "treatment_session", "reading", "session_entry", "session_version", "series_version",
    "patient_version", "worksheet_version", "audit_event", "audit_event_patient",
}  # fmt: skip

_LINK = "a number by which the program finds rows"
_SECRET = "a secret that opens an account"  # noqa: S105  (a reason, and no password)
_STAFF = "working notes that staff write for themselves"
_SHOWN_ABOVE = "shown in words with its questions"
LEFT_OUT: Mapping[str, str] = {
    "id": _LINK, "clinic_id": _LINK, "patient_id": _LINK, "user_id": _LINK, "series_id": _LINK,
    "session_id": _LINK, "check_in_id": _LINK, "assessment_id": _LINK, "reply_id": _LINK,
    "edition_id": _LINK, "eligibility_id": _LINK, "lot_id": _LINK, "reverses_id": _LINK,
    "by_id": _LINK, "witness_id": _LINK, "decided_by_id": _LINK, "acknowledged_by_id": _LINK,
    "entry_key": _LINK, "version": "earlier versions stand by themselves",
    "patient.number_key": "the record number as it is compared",
    "patient.merged_into_id": _LINK, "alert.diary_entry_id": _LINK,
    "diary_entry.mood_score_id": "stands among the scores",
    "diary_entry.pain_score_id": "stands among the scores",
    "diary_entry.effects": _SHOWN_ABOVE, "diary_entry.read_by_id": _LINK,
    "referral_letter.is_signed": "what is not signed is no letter yet",
    "referral_letter.picture": "drawn of the scores, which are all in the copy",
    "referral_letter.picture_words": "says what the picture shows",
    "referral_letter.written_by_id": _LINK,
    "patient.name_key": "the name as lists are ordered by",
    "patient.notes": _STAFF, "assessment.note": _STAFF, "safety_check.note": _STAFF,
    "user.password": _SECRET, "user.fs_uniquifier": _SECRET, "user.invitation_hash": _SECRET,
    "user.tf_totp_secret": _SECRET, "user.tf_last_counter": _SECRET,
    "user.mf_recovery_codes": _SECRET, "user.calendar_hash": _SECRET, "user.email_hash": _SECRET,
    "user.reset_number": _SECRET,
    "user.tf_phone_number": "never filled: no text messages are sent",
    "user.active": "an account that is shut cannot ask", "sign_in.token_hash": _SECRET,
    "known_device.token_hash": _SECRET, "passkey.credential_id": _LINK,
    "passkey.user_handle": _LINK, "passkey.public_key": "of use to nobody but the program",
    "passkey.sign_count": "by which a copied passkey is found out",
    "passkey.transports": "how a browser reaches it",
    "eligibility.content": _SHOWN_ABOVE, "assessment.answers": _SHOWN_ABOVE,
    "assessment.instrument": "in the title", "assessment.instrument_version": _LINK,
    "assessment.time_known": "decides whether a time is told",
    "series.schedule": "stands as check-ins, each with its day", "check_in.line": _LINK,
    "check_in.instruments": "in the title", "reply.instrument": "in the title",
    "reply.answers": _SHOWN_ABOVE, "alert.item": _LINK, "alert.round": _LINK,
    "alert.instrument": _LINK, "alert.urgent": "how the list of alerts is ordered",
    "alert.rank": "how the list of alerts is ordered", "alert.facts": "in the sentence",
    "worksheet.content": _SHOWN_ABOVE, "letter.about": _LINK, "letter.not_before": _LINK,
    "letter.claimed_at": _LINK, "letter.attempts": _LINK,
    "letter.last_error": "what a mail server said", "stock_entry.sequence": _LINK,
    "stock_entry.witness_how": "about the second person, not about you",
    "check_in.clinic_id": _LINK,
}  # fmt: skip

# Tables that a copy holds nothing of.
EXCEPTIONS: Mapping[str, str] = {
    "check_in_link": "secrets: the codes of mailed links, kept so that nobody can read them",
    "chore": "no person in it: when the program did its rounds",
    "clinic": "no person in it: what the clinic sets",
    "counted_try": "no person in it: from which address somebody guessed, for a day",
    "course_outcome": "worked out of the sessions and scores that stand here",
    "draft": "what somebody is typing and has not saved; it goes when it is saved or left",
    "edition": "no person in it: the words of questionnaires",
    "file_import": "of staff: who imported a file when, how much was in it, why it went",
    "outcome_basis": "no person in it: by what outcomes were counted",
    "outcome_sum": "no person in it: sums over many",
    "set_aside_rows": "what a file brought by mistake: it stands in no record",
    "patient_merge": "how staff put two records of one person together; all of it stands here",
    "patient_merge_row": "which rows were put together, by their numbers",
    "patient_word": "the words of the name and number again, for the search",
    "role": "no person in it: what roles there are",
    "row_seal": "no person in it: digests of rows, by their numbers",
    "sign_in_brake": "wrong tries, which others may have made; until when is told",
    "staged_file": "others' privacy: a file of many patients that is being read in",
    "stock_lot": "no person in it: what the clinic has in stock",
    "submission": "no person in it: forms that were sent, by a number",
    "unlock_link": "secrets: the codes of mailed links, kept so that nobody can read them",
    "user_role": "that the account is a patient's",
}


def label_of(shown: Shown) -> str:
    """Give the label of a column."""
    return shown if isinstance(shown, str) else shown[0]


def word_of(shown: Shown, code: Any) -> Any:
    """Give the words of a code, and anything else as it is."""
    if isinstance(shown, str) or code is None:
        return code
    known = dict(shown[1].choices())
    if isinstance(code, list):
        return [known.get(one, one) for one in code]
    return known.get(code, code)
