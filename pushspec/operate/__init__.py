"""After the send: settle doubts, stop and continue, freeze and unlock, recall, count."""
