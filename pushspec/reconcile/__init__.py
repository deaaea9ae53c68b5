"""Bring the service to what files declare, again and again: tags and attributes of people."""
