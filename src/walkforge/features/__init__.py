"""Features: the catalogue of indicators, what computes them, and the tensor they fill."""
