"""One treatment session: its draft and record, what is impossible, what is unusual, what changed.

draft -> findings -> record; `diff` names changes between versions, `signing` closes a live log.
"""
