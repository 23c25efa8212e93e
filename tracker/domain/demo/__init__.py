"""Invented courses and answers for the demonstration clinic, drawn from a seed."""
