"""The operator's commands, by subject. `api/cli.py` puts them together."""
