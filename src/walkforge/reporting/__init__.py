"""Figures, tables and the summary page of a study."""
