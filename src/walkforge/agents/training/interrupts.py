"""Ctrl-C: the first asks a training to save and end, the second ends it at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from walkforge.console import log_line


class Interrupt:
    """Whether the training was asked to end."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take a signal.

        Raises:
            KeyboardInterrupt: it is the second.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        log_line(f"{signal.Signals(number).name}: saving after this roll-out; again to end at once")


@contextmanager
def listening() -> Iterator[Interrupt]:
    """Take SIGINT and SIGTERM while the block runs."""
    interrupt = Interrupt()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield interrupt
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
