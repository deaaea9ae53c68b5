"""Tests of accounts and account files."""
