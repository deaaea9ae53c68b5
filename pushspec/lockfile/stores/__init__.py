"""Where a lockfile is kept, behind one small interface."""
