"""E-mails to patients: what is due is queued, collected per person, written as one and sent.

And what patients choose about them: none, in the morning, or in the evening.
"""
