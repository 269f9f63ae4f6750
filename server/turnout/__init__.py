"""Turnout: each AI request of an editor goes to the model that does it best for least."""

__version__ = "0.1.0"
