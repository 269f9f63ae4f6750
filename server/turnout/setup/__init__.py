"""`turnout setup`: finds the editors of this machine and writes, or prints, what they need."""
