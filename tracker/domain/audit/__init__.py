"""The audit log as a chain: each line's hash covers the one before.

`hash_chain` links and verifies; services write a line in every transaction.
"""
