"""Treatment sessions: record, amend, sign, set aside; rows to and from the domain."""
