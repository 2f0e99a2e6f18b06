"""What pages and pictures say where orders fill at the very close that they were decided on."""

AT_ONCE = (
    "FOR STUDY ONLY: orders fill at the very close on which they are decided (market.execution is "
    "same_close), which no one can trade. Nothing on this page is evidence."
)
STAMP = "for study only: same close (look-ahead)"


def is_look_ahead(execution: str | None) -> bool:
    """Return whether orders fill at the close that they were decided on; None: nothing fills."""
    return execution == "same_close"


def warned(execution: str) -> tuple[str, ...]:
    """Return the note that nothing on a page is evidence; none where orders fill later."""
    return (AT_ONCE,) if is_look_ahead(execution) else ()
