"""The library under the command line: open projects, build plans, check approvals, apply plans."""
