"""Engines that run on Java: `make test-engines` brings a Spark and its client."""
