"""Tests of the sandbox: what a caller is answered, and what people find on their screens."""
