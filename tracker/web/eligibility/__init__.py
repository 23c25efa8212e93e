"""The pages of eligibility assessments."""
