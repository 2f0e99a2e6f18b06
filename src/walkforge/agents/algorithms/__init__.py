"""Algorithms by which agents learn, one module or package each."""
