"""Answers of models become anchored findings and edits; nothing here knows an editor or a model."""
