"""Courses of treatment: which series belong together, and from where each course counts."""
