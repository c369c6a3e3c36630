"""The ground: database, errors, bodies, logs, crypto, time. Knows nothing of safeguarding."""
