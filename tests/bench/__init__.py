"""`make bench`: Turnout side by side with its peers, in one run, on one upstream."""
