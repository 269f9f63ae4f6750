"""What the user said: settings, what a workspace may narrow of them, and the keys."""
