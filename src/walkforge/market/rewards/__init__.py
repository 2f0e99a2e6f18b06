"""Rewards: what one simulated day pays a policy."""
