"""Tests of the command line: what a user reads, and the exit code."""
