"""A session under way: the entries written at the chair, what is due, the board, the signature.

entry_parsing -> entries -> entry_text; an entry is corrected by a further one, never changed.
`signing` makes the record of a session of its log.
"""
