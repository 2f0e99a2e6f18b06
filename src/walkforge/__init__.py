"""From daily price bars to trading recommendations, with out-of-sample evidence."""
