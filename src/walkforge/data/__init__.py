"""Daily price bars: sources, adjustment, and the contract that every bars frame keeps."""
