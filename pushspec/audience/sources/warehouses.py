"""Read people from warehouses over ADBC; none of them was tried against a real account."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pushspec.audience.sources.adbc import AdbcSource, connected
from pushspec.audience.sources.source import Dialect
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SNOWFLAKE = Dialect('"', "collate(to_varchar({}), '')")
_BIGQUERY = Dialect("`", "collate(cast({} as string), '')")

_CONNECT_S = 60


def _why(form: str, _words: str) -> tuple[str, str]:
    """Say what to look at; the driver's words hold hosts and users."""
    return (
        phrase("the driver cannot connect"),
        phrase("check that the address is {form}, and that its credentials are right", form=form),
    )


@contextmanager
def snowflake_source(url: str, _root: Path, seconds: int) -> Iterator[AdbcSource]:
    """Connect to ``snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME``."""
    address = url.removeprefix("snowflake://")
    options = {
        "adbc.snowflake.sql.client_option.request_timeout": f"{seconds}s",
        "adbc.snowflake.sql.client_option.login_timeout": f"{min(seconds, _CONNECT_S)}s",
    }
    why = partial(_why, "snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME")
    with connected("adbc_driver_snowflake", "snowflake", why, uri=address, db_kwargs=options) as connection:
        yield AdbcSource(connection, _SNOWFLAKE, seconds)


@contextmanager
def bigquery_source(url: str, _root: Path, seconds: int) -> Iterator[AdbcSource]:
    """Connect to ``bigquery://PROJECT/DATASET``, with the credentials that Google's own tools find."""
    parts = urlsplit(url)
    names = {"project_id": parts.netloc, "dataset_id": parts.path.strip("/")}
    options = {f"adbc.bigquery.sql.{name}": value for name, value in names.items()}
    why = partial(_why, "bigquery://PROJECT/DATASET")
    with connected("adbc_driver_bigquery", "bigquery", why, db_kwargs=options) as connection:
        yield AdbcSource(connection, _BIGQUERY, seconds)
