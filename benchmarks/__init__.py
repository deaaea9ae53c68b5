"""Benchmarks: what pushspec's speed is measured against, and how."""
