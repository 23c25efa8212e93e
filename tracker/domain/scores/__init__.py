"""Completed scales: what was answered, what it comes to, and whether a change is real.

draft -> points -> interpretation -> text. Answers become a total in
`domain/instruments/scoring.py`.
"""
