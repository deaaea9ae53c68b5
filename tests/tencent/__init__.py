"""Tests of the service's language: bodies, limits, codes, signature, client."""
