"""What of outcomes leaves the clinic: each figure as a row, with what is too few withheld."""
