"""REMS monitoring forms: their editions, what can be prefilled, what is missing, when they are due.

editions -> prefill -> form.
"""
