"""Databases that audience files read people from: one interface, and a table that says which URL is which."""
