"""A session under way: the entries written at the chair, what is due, how each chair stands.

parsing -> entries -> text; an entry is corrected by a further one, never changed.
"""
