"""Tests of the proof: it finds planted bugs, resumes, and judges one commit."""
