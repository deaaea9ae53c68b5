"""Tests of what brings the service to what files declare."""
