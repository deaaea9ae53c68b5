"""The fixtures of the command line's tests."""

from cli.kit import address, campaign, project, push_service

__all__ = ["address", "campaign", "project", "push_service"]
