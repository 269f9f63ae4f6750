"""How much of a true answer stands in what a model gets to see, and how long gathering it takes."""
