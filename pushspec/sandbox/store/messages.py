"""Chat history of accounts: kept, received, expired or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence


@dataclass(frozen=True, slots=True)
class Message:
    """One message in one account's history."""

    id: int
    account: int
    withdrawn_at: float | None


class Messages:
    """The chats of the app's people; accounts and tasks are given by their numbers in the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def store(
        self, task: int, accounts: Sequence[int], *, at: float, online: Collection[int], counted: bool
    ) -> None:
        """Put a message into the history of accounts; those online have received it at once."""
        self._db.executemany(
            "insert into messages(account, task, at, received_at) values (?, ?, ?, ?)",
            [(account, task, at, at if account in online else None) for account in accounts],
        )
        if counted:
            self._db.executemany(
                "update accounts set unread = unread + 1 where id = ?", [(n,) for n in accounts]
            )

    def receive_if_online(self, account: int, now: float) -> None:
        """Hand an account that has a device online what is waiting for it and has not expired."""
        self._db.execute(
            "update messages set received_at = ?1 where account = ?2 and received_at is null"
            " and exists (select 1 from devices d where d.account = ?2 and d.status = 'online')"
            " and not exists (select 1 from tasks t where t.id = messages.task and t.expires_at < ?1)",
            (now, account),
        )

    def find(self, task: int, account: int) -> Message | None:
        """Return a task's message to an account."""
        row = self._db.execute(
            "select id, account, withdrawn_at from messages where account = ? and task = ?", (account, task)
        ).fetchone()
        return None if row is None else Message(*row)

    def withdraw(self, message: Message, at: float, *, counted: bool) -> None:
        """Take a message out of its account's history."""
        self._db.execute("update messages set withdrawn_at = ? where id = ?", (at, message.id))
        if counted:
            self._db.execute(
                "update accounts set unread = max(0, unread - 1) where id = ?", (message.account,)
            )

    def withdraw_task(self, task: int, at: float, *, counted: bool) -> None:
        """Take a task's message out of everyone's history."""
        if counted:
            self._db.execute(
                "update accounts set unread = max(0, unread - 1) where id in"
                " (select account from messages where task = ? and withdrawn_at is null)",
                (task,),
            )
        self._db.execute(
            "update messages set withdrawn_at = ? where task = ? and withdrawn_at is null", (at, task)
        )
