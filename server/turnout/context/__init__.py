"""What a model gets to see, and what it never does."""
