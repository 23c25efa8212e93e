"""A person's own account: password, second step, and where they are signed in."""
