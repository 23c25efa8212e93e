"""CSV in and out: encodings, rows within limits, and the guard against formulas."""
