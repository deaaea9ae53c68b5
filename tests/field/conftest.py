"""The fixtures of the field cases: those of the command line's tests."""

from cli.kit import campaign, project, push_service

__all__ = ["campaign", "project", "push_service"]
