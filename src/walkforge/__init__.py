"""Daily price bars to reinforcement-learned trading recommendations, with out-of-sample evidence."""
