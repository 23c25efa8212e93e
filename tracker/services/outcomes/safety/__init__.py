"""How safe the sessions of a clinic were, by passes over what is recorded of them."""
