"""Outcomes: rows and sums kept true by whatever is saved, and the figures that pages show of them.

Flow: a save -> `keeping` (reads `people`, writes rows and sums); a page -> `queries` -> figures.
"""
