"""Performance figures of daily returns, and their uncertainty."""
