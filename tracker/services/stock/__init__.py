"""The controlled-drug ledger: enter movements, show it, and follow what sessions use."""
