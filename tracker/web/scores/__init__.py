"""Scores: mood and pain after a session, and totals on named scales."""
