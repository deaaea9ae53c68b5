"""Receive the service's callbacks, and store every post before acknowledging it."""
