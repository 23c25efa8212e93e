"""Outcomes of the clinic: the report of a scale, and the people behind each of its counts."""
