"""Whether the extra ``sandbox`` is installed: a plain install has the embedded sandbox and serves nothing."""

from __future__ import annotations

from importlib.util import find_spec

from pushspec.errors import UsageError

LIBRARIES = ("starlette", "trustme", "uvicorn")
"""What the extra adds."""


def require_extra() -> None:
    """Make sure that a sandbox can be served.

    Raises:
        UsageError: A library of the extra is missing.
    """
    for library in LIBRARIES:
        if find_spec(library) is None:
            raise UsageError(
                f"serving the sandbox needs {library}, which is not installed",
                hint='pip install "pushspec[sandbox]"',
            )
