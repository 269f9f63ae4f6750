"""From nothing to a model that answers: who can be asked, what that means, and a key that works."""
