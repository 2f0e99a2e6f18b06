"""The configuration: read strictly, layered, checked as a whole, and sliced for the rules."""
