"""Read people from Spark over Spark Connect; results come as Arrow batches, one partition after the other."""

from __future__ import annotations

import logging
import re
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pushspec.audience.deadline import deadline
from pushspec.audience.packages import check_release
from pushspec.audience.sources.source import (
    WORDS_HIDDEN,
    Column,
    Dialect,
    missing_package,
    source_fault,
    too_slow,
    unreached,
)
from pushspec.hosts import is_this_machine
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.rows import FormatError

_ALLOWED = re.compile(r"string( collate \w+)?|tinyint|smallint|int|bigint")
_PORT = 15_002
_CONNECT_S = 10
_TRIES = 3
_CANCELED = "OPERATION_CANCELED"


@contextmanager
def spark_source(url: str, _root: Path, seconds: int) -> Iterator[SparkSource]:
    """Connect to ``sc://HOST:15002``, over TLS to any host but this machine: ``/;use_ssl=true;token=…``."""
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise missing_package("pyspark_client", "spark") from None
    _check_address(url)
    # Its errors quote values of rows.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    with _faults(seconds):
        session = SparkSession.builder.remote(url).create()
    try:
        with _faults(seconds):
            session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES)])
            _check_versions(session)
        with deadline(lambda: _interrupt(session), seconds):
            yield SparkSource(session, seconds)
    finally:
        session.stop()


def _interrupt(session: Any) -> None:  # noqa: ANN401 - imported only when needed
    """Cancel what runs; a server that is gone runs nothing, and whoever waits for it hears so."""
    from grpc import RpcError
    from pyspark.errors import PySparkException

    with suppress(RpcError, PySparkException):
        session.interruptAll()


class SparkSource:
    """A session of Spark Connect."""

    dialect = Dialect("`", "cast({} as string)")

    def __init__(self, session: Any, seconds: int) -> None:  # noqa: ANN401 - imported only when needed
        self._session = session
        self._seconds = seconds

    def columns(self, sql: str) -> Sequence[Column]:
        """Let the server analyse it; inside a SELECT nothing else can stand, and nothing runs."""
        with _faults(self._seconds):
            fields = self._session.sql(f"select * from ({sql}\n) limit 0").schema.fields  # noqa: S608 - it only reads
        kinds = [(field.name, field.dataType.simpleString()) for field in fields]
        return [Column(name, kind, _ALLOWED.fullmatch(kind) is not None) for name, kind in kinds]

    def batches(self, sql: str) -> Iterator[Any]:
        """Run it; one query sees one version of each table."""
        client = self._session.client
        with _faults(self._seconds):
            # The public ways give rows of Python, or the whole result at once.
            plan = self._session.sql(sql)._plan.to_proto(client)  # noqa: SLF001
            for part in client.to_table_as_iterator(plan, {}):
                if hasattr(part, "to_batches"):  # the schema comes first
                    yield from part.to_batches()


def _check_address(url: str) -> None:
    """Refuse an address that sends people in the clear, and one where nothing answers.

    The client itself would go on trying for ten minutes.
    """
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port or _PORT
    except ValueError:
        host, port = None, 0
    if not host:
        raise source_fault(phrase("its variable holds no address of Spark"), phrase("write sc://HOST:15002"))
    settings = url.lower().split(";")[1:]
    is_secure = "use_ssl=true" in settings or any(it.startswith("token=") for it in settings)
    if not is_this_machine(host) and not is_secure:
        raise source_fault(
            phrase("the source is on another machine, and people would come in the clear"),
            phrase("append /;use_ssl=true to its address, or open a tunnel to this machine"),
        )
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except (OSError, UnicodeError) as error:
        raise unreached(error) from None


def _check_versions(session: Any) -> None:  # noqa: ANN401 - imported only when needed
    import pyspark

    client, server = pyspark.__version__, str(session.version)
    wanted = server.partition(".")[0]
    if client.partition(".")[0] != wanted:
        raise source_fault(
            phrase("the client is Spark {client}, the server {server}", client=client, server=server),
            phrase("install pyspark-client {wanted}", wanted=wanted),
        )
    check_release(pyspark)


@contextmanager
def _faults(seconds: int) -> Iterator[None]:
    """Say what went wrong without the words of what may quote a row."""
    from grpc import RpcError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:
        words = next((line for line in str(error).splitlines() if line.strip()), "")
        raise source_fault(phrase("the query fails: {words}", words=words.split(" SQLSTATE: ")[0])) from None
    except PySparkException as error:
        raise _fault(str(error.getCondition() or type(error).__name__), seconds) from None
    except RpcError as error:
        raise _fault(type(error).__name__.strip("_"), seconds) from None


def _fault(condition: str, seconds: int) -> FormatError:
    return (
        too_slow(seconds)
        if condition == _CANCELED
        else source_fault(phrase("the query fails: {condition}", condition=condition), WORDS_HIDDEN)
    )
