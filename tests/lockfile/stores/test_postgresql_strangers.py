"""A server on another machine gets no password in the clear, whoever named it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulation.greedy import CANARY, Greedy

from pushspec.lockfile.stores import StoreError
from pushspec.lockfile.stores.postgresql import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=[False, True], ids=["without TLS", "with TLS"])
def greedy(request: pytest.FixtureRequest) -> Iterator[Greedy]:
    server = Greedy(has_tls=request.param)
    yield server
    server.close()


def test_no_other_machine_gets_the_password(greedy: Greedy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request names the server; PGPASSWORD is the one of one's own database."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    # This address reaches the same server, and is none that stands for this machine.
    store = PostgresStore(f"postgresql://pushspec@0.0.0.0:{greedy.port}/db?sslmode=disable#prod")

    with pytest.raises(StoreError) as caught:
        list(store.read())
    greedy.close()

    assert CANARY.encode() not in greedy.received
    assert CANARY not in str(caught.value)
    assert caught.value.hint
