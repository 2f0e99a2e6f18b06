"""Proximal policy optimisation whose roll-outs stay on the device of the market."""
