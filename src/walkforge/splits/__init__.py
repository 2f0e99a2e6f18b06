"""Walk-forward windows by date, purged, and manifests of what each fold may read."""
