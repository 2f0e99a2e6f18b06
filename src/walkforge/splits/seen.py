"""What a policy's training had seen of a window that it is scored on."""

from walkforge.splits.windows import Window, overlap

_UNKNOWN = (
    "Which dates the policy was trained on cannot be told from its folder: where they are among "
    "these, the figures are no evidence."
)


def training_note(window: Window, training: Window | None) -> str:
    """What is known of a policy's training and a window that it is scored on, in a sentence.

    Args:
        training: dates that its training could read, None where they are not known.
    """
    shared = overlap(window, training)
    if training is None:
        return _UNKNOWN
    known = f"The policy's training could read {training.start} up to {training.end}"
    if shared is None:
        return f"{known}: none of these dates."
    return (
        f"{known}: the window overlaps it from {shared.start} up to {shared.end}, where the "
        "figures are no evidence."
    )


def overlap_warnings(window: Window, training: Window | None) -> list[str]:
    """A warning where a window overlaps what the policy's training could read, else none."""
    return [training_note(window, training)] if overlap(window, training) else []
