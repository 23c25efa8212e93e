"""What must be looked at: which answers and scores raise an alert, and the sentence it says.

`rules` decides; services/alerts stores, lists and acknowledges.
"""
