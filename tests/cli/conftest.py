"""The fixtures of the command line's tests."""

from cli.kit import address, campaign, machine, project, push_service

__all__ = ["address", "campaign", "machine", "project", "push_service"]
