"""Models on disk: versions, manifests, runs, and what may be unpickled."""
