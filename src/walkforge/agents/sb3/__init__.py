"""Agents as stable-baselines3 has them: its policy class and its file."""
