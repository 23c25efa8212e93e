"""Completed scales: what was answered, what it comes to, and whether a change is real.

draft -> scoring -> interpretation -> text.
"""
