"""Walk-forward windows by calendar date, purged, and the manifests that say what a fold may read."""
