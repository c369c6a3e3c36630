"""Attempts: what came of each, one by one, for whoever is called when a receiver fails."""
