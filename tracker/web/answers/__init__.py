"""Answering a check-in: a patient, often on a phone, often the day after a treatment."""
