"""Invitations to a patient to answer: the schedule, the window of each, its status, its messages.

schedule -> windows -> status; `sync_plan` says how stored check-ins differ from the schedule.
"""
