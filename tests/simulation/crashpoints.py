"""The moments at which a run may die, numbered, and for each store the ones that it does not have."""

from __future__ import annotations

from enum import Enum


class CrashPoint(Enum):
    """A moment in a run, or a way to disturb one; its value says which in words."""

    C1 = "the lockfile is read, nothing is written"
    C2 = "the lock is taken in the store, and the run does not know it yet"
    C3 = "the lock is taken, and the run knows it"
    C4 = "the campaign's content and audience are frozen"
    C5 = "just before an intent is written"
    C6 = "an intent is written in part"
    C7 = "an intent is written and not synced"
    C8 = "an intent is durable, and the run may not know it yet"
    C9 = "before connecting"
    C10 = "connected, not one byte sent"
    C11 = "half of the request sent"
    C12 = "all of the request sent, no answer"
    C13 = "the status line of the answer read"
    C14 = "half of the answer's body read"
    C15 = "the answer read, its meaning not decided"
    C16 = "the meaning decided, and not written"
    C17 = "the outcome written in part, or not synced"
    C18 = "the outcome durable, and not shown"
    C19 = "the outcome shown, the next call not begun"
    C20 = "another record, or the file that is to hold it, written in part"
    C21 = "records committed, the commit not pushed"
    C22 = "before the campaign's end or the run's close is durable"
    C23 = "within the recovery from an earlier crash"
    C24 = "while a person settles a doubt"
    C25 = "while the signature is renewed"
    C26 = "Ctrl-C or a friendly end, in flight"
    C27 = "stopped for longer than the lease, then woken"
    C28 = "the disk is full, read-only or broken at a write"
    C29 = "the clock jumps between the intent and the request"
    C30 = "while a campaign leaves in stages, its gates' records included"
    C31 = "while a person stops a campaign or lets it go on"
    C32 = "while a try is sent"
    C33 = "while something is taken back"

    def __str__(self) -> str:
        return self.name


NOT_THERE: dict[str, dict[CrashPoint, str]] = {
    "file": {CrashPoint.C21: "nothing is committed; the lockfile itself is the file in the repository"},
    "git": {
        CrashPoint.C6: "a push takes all records of an append or none; what dies before it is C20 and C21",
        CrashPoint.C7: "a record is in the remote or not; syncing is the remote's",
        CrashPoint.C17: "a push takes all records of an append or none; what dies before it is C20 and C21",
    },
    "postgresql": {
        CrashPoint.C7: "a commit is synced before it is acknowledged (synchronous_commit)",
        CrashPoint.C21: "nothing is committed to the repository",
    },
}
"""For each store, the crash points that it does not have, and why."""
