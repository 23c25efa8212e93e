"""Courses of treatment: which one each series of a patient belongs to."""
