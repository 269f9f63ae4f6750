"""What every call cost and how it went, in one SQLite file of the user's. Never content."""
