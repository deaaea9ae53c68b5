"""Tests that nothing is loaded or repeated without need, by counting and not by time."""
