"""What recurs in long use: liver, bladder, thinking, craving, dose of a year; when each is due."""
