"""Mailed links: what a patient sees who follows one without signing in."""
