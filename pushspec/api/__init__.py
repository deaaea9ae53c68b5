"""The library under the command line: projects opened, plans built, approvals held, plans applied."""
