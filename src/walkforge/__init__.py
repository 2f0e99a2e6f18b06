"""From daily price bars to trading recommendations, with out-of-sample evidence."""

import os

if "WALKFORGE_RUN" in os.environ:  # a job of the workflow, before it imports anything heavy
    from walkforge.lifeline import end_with, hush_interrupt

    hush_interrupt()
    end_with(os.environ["WALKFORGE_RUN"])
