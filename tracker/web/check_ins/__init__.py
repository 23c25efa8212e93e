"""Check-ins as the clinic sees them: what is due and overdue, who declines, who never answers."""
