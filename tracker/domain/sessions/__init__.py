"""One treatment session: its draft and record, what is impossible, what is unusual, what changed.

fields (each declared once) -> draft -> findings -> record; `line` is what a list shows of one,
`point` what a picture needs, `diff` names changes between versions.
"""
