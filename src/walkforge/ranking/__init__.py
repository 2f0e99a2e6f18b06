"""Ranking: what the live policies would do at a date."""
