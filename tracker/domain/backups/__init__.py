"""Copies to restore a clinic from: what they are called, which are kept, when one is too old."""
