"""The record of what was begun, sent, refused and left in doubt: records, their fold, and the stores."""
