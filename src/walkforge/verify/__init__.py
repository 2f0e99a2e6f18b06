"""An independent check of a folder of results: it shares no code with what made them."""
