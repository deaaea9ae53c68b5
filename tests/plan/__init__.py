"""Tests of the plan: states, diff, quota, policies, and the golden plans."""
