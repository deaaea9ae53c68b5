"""Tests of the workflows and the action that projects use in CI."""
