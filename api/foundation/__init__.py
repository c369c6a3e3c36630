"""The ground: database, errors, request bodies, logs, crypto, time. Knows nothing of safeguarding."""
