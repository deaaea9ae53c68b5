"""Tests of what a person does after the send."""
