"""Tests of a run: engine, pace, guard, and the meaning of an answer."""
