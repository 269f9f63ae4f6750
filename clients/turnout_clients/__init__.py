"""Clients of model providers: wire dialects, transport, errors. Knows nothing of editors."""
