"""Check-ins: keep them in step with the schedule, ask for them, take the answers.

sync -> reminders and outbox -> links -> answers -> scores.
"""
