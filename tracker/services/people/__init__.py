"""People who sign in: accounts, invitations, passwords, and where they are signed in."""
