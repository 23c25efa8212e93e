"""What became of courses: one row a course and scale, sums over many, and figures from sums.

Flow: a course and its scores -> `course_outcome` -> `sums` -> `figures` -> `text`.
"""
