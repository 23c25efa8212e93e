"""Passkeys: for which address they are made, what they are called, and what is not accepted."""
