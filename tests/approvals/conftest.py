"""Fixtures of the tests of approvals."""

from approvals.kit import key_maker

__all__ = ["key_maker"]
