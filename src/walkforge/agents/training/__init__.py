"""What all algorithms share: trainings, buffers, checkpoints, guards and the machine."""
