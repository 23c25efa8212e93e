"""The people who sign in: an administrator lists, invites, changes and disables them."""
