"""Those who work for the clinic: whose name is whose, and who bears witness."""
