"""Agents: algorithms, networks and the policies they leave behind."""
