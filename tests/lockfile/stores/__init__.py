"""Tests of the stores: one conformance suite for all, and each against its real server."""
