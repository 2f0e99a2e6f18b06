"""Ranking: what policies would do at a date, from Python."""

from walkforge.ranking.infer import Infer, Predictions

__all__ = ["Infer", "Predictions"]
