"""Tell people where they talk: events of the lockfile, made harmless, to chats and webhooks."""
