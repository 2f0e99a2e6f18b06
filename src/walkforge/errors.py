"""The error that a user's mistake raises."""


class InputError(ValueError):
    """A mistake in configuration or data: its message says where, what value, and what to do."""
