"""Account sources: read, exclude, de-duplicate, split into parts."""
