"""One attempt: what stands in the lockfile before it and after it."""
