"""Networks of agents, one module each."""
