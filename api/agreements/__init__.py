"""Written agreements with a family: what behaviour is not accepted, and what follows (§3)."""
