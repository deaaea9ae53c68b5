"""Tests of the library that ``import pushspec`` gives."""
