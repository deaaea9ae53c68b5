"""Lists that lie outside the repository, and the pins in it that say which list an audience stood for."""
