"""Features: the catalogue of indicators, what computes them, and the tensor they are laid out in."""
