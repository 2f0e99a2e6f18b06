"""Pages in HTML: one look, one script, everything in the file itself."""
