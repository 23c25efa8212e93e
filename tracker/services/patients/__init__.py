"""Patients: enter, change, find, and show one to clinicians or to themselves."""
