"""Completed scales: record, void, list, and tie each to its session."""
