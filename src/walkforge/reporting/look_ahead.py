"""What pages and pictures say of how a record was rolled: fills at the same close, warm-in."""

from walkforge.reporting.choices import AT_ONCE

STAMP = "for study only: same close (look-ahead)"


def is_look_ahead(execution: str | None) -> bool:
    """Whether orders fill at the close that they were decided on; None: nothing fills."""
    return execution == "same_close"


def warned(execution: str) -> tuple[str, ...]:
    """The note that nothing on a page is evidence; none where orders fill later."""
    return (AT_ONCE["same_close"],) if is_look_ahead(execution) else ()


def warmed_in(sessions: int) -> str:
    """Where accounts open, as a note of a page."""
    if not sessions:
        return "Every account opens in cash at the close before the first date."
    return (
        f"Every account opens in cash {sessions:,} session{'' if sessions == 1 else 's'} before "
        "the first date and is rolled up to it by the same policy, unscored."
    )
