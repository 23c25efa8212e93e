"""Drafts: what is typed, kept while it is typed."""
