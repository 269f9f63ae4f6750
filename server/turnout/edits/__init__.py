"""Answers of models become anchored findings; nothing here knows an editor or a model."""
