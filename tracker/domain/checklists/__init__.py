"""The checks before a session and before somebody leaves, line by line.

`items` is shared by both; each list has its draft, its review of findings and its sources.
"""
