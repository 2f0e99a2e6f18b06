"""Action schemes: from an action to target weights, and to a score per symbol."""
