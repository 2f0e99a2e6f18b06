"""Baselines: policies of no reinforcement learning. A module names its own in BASELINES."""
