"""Inputs and mishaps that people met elsewhere, one file a kind, through the real command line."""
