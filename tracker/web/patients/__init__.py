"""Patients: find one, see how they do, enter and change who they are."""
