"""The market simulator: all money arithmetic, on tensors, for training and evaluation alike."""
