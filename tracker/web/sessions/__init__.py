"""Treatment sessions: record one, read it, amend it, move it, follow it up."""
