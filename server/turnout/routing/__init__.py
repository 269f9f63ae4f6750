"""Who should answer a request, and why."""
