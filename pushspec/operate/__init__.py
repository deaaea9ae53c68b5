"""After the send: status, log, resolve, freeze and unlock."""
