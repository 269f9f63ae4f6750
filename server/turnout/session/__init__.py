"""What was asked, answered, seen and applied in a workspace; it outlives models and editors."""
