"""Figures, one module each: the folder is the catalogue, see walkforge.reporting.catalogue."""
