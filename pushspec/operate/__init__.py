"""After the send: resolve a doubt, freeze, unlock."""
