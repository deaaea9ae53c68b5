"""What keeps a call from leaving, and what ends a run."""
