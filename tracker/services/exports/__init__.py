"""Stream what is recorded as CSV, scoped to who asks and audited."""
