"""One person's outcomes: the page, what is printed, and its pictures."""
