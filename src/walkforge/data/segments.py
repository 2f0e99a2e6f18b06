"""How many sessions without a bar break a symbol's history off, and what that means.

Dates of the data count as sessions.
"""

# After more than so many a symbol's next bar opens a new segment: its indicators start anew.
SEGMENT_AFTER_SESSIONS = 10

# After more than so many the symbol counts as delisted, unless a later bar comes.
DELISTED_AFTER_SESSIONS = 10
