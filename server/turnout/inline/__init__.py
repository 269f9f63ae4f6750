"""One inline suggestion: reuse what is known, else ask, and shape what comes."""
