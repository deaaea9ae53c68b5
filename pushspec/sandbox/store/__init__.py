"""What the sandbox remembers: one SQLite file, one module for each kind of thing in it."""
