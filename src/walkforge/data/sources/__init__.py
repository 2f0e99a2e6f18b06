"""Sources of bars, one module each: what it states of itself in SOURCE, and how it is read."""
