"""Taking a whole import back: what it made, what was touched of it since, and where it is kept."""
