"""A Spark of its own on this machine, with a Spark Connect server."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_OPENED = (
    "java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent "
    "java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar"
)
"""Packages of Java that Spark looks into; its own start scripts open the same ones."""
_SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.connect.grpc.binding.port": "0",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in local mode; its jars are where ``SPARK_JARS`` says."""
    folder = tmp_path_factory.mktemp("spark")
    with (folder / "out").open("wb") as out:
        server = subprocess.Popen(_command(folder), cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    rest = threading.Thread(target=server.stderr.read)  # a full pipe would stop the server
    try:
        port = _port(server.stderr)
        rest.start()
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
        if rest.ident is not None:
            rest.join()
        server.stderr.close()


def _port(log: Iterable[str]) -> str:
    """Wait until the server says that it is up, and return its port."""
    said: list[str] = []
    for line in log:
        said.append(line)
        if found := re.search(r"Spark Connect server started at: \S*?:(\d+)", line):
            return found[1]
    raise AssertionError("".join(said))


def _command(folder: Path) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED.split()]
    settings = [word for name, value in _SETTINGS.items() for word in ("--conf", f"{name}={value}")]
    return [
        *("java", "-Xmx2g", "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions", *opened),
        *(f"-Djava.io.tmpdir={folder}", "-Dio.netty.tryReflectionSetAccessible=true"),
        *("-cp", f"{os.environ['SPARK_JARS']}/*", "org.apache.spark.deploy.SparkSubmit"),
        *("--master", "local[2]", *settings),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    ]
