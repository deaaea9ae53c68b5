"""Tests of plans, records and problems as text, Markdown, JSON and HTML."""
