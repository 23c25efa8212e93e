"""The pages of passkeys: add and remove one, use one as the second step, or alone."""
