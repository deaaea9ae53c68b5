"""Check that the packages of the extras are no older than what pushspec was tried with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushspec.audience.rows import FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from types import ModuleType

OLDEST = {
    "adbc_driver_bigquery": ("1.8", "source-bigquery"),
    "adbc_driver_postgresql": ("1.8", "source-postgresql"),
    "adbc_driver_snowflake": ("1.8", "source-snowflake"),
    "duckdb": ("2.0", "audience"),
    "psycopg": ("3.2", "source-postgresql"),
    "pyarrow": ("20", "audience"),
    "pyspark": ("4", "source-spark"),
}
"""The oldest release of each package, and the extra of pushspec that brings it."""


def check_release(module: ModuleType, rule: str = "audience-source") -> None:
    """Refuse a package that is too old: another program may have brought it, and pip only warns.

    Args:
        module: The package, imported.
        rule: What the error is called.

    Raises:
        FormatError: It is too old.
    """
    oldest, extra = OLDEST[module.__name__]
    found = str(module.__version__)
    if _numbers(found) < _numbers(oldest):
        package = module.__name__.replace("_", "-")
        message = phrase(
            "{package} {found} is installed, and pushspec takes {oldest} or newer",
            package=package,
            found=found,
            oldest=oldest,
        )
        raise FormatError(rule, message, hint=f"pip install --upgrade 'pushspec[{extra}]'")


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", release)[:2]))
