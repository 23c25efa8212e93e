"""The instance itself: set it up, keep its schema, say whether it is in order."""
