"""Send one notice in a process of its own, which ends within five seconds whatever its target does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from pushspec.language import Language, phrase, said, speaking, unpacked
from pushspec.notify.wording import harmless, shortened
from pushspec.sanitize import printable
from pushspec.serialization import Json  # noqa: TC001 - part of a signature that is read at run time

LONGEST_S = 5.0
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one notice.

    Attributes:
        kind: What kind of target it was for, such as ``feishu``; never its address.
        why: Why it was not taken; empty where it was.
    """

    kind: str
    why: str


def deliver(url: str, event: dict[str, Json], text: str, language: Language) -> Delivery:
    """Send an event to one target.

    Args:
        url: Its address, which is its password, too; nothing that is returned holds it.
        event: The event as JSON, which webhooks get.
        text: What it says; chats get it, made harmless and short.
        language: In which chats get it.
    """
    from pushspec.notify.worker import kind_of

    title = harmless(f"{event['project']} · {event['environment']}")
    with speaking(language):
        words = shortened(harmless(said(text)))
    request = {"url": url, "title": title, "text": words, "event": event}
    command = [sys.executable, "-I", "-m", "pushspec.notify.worker"]
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and a module of ours
            command,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            env=kept,
        )
        told = json.loads(done.stdout)
        why = unpacked(told["why"])
        return Delivery(printable(str(told["kind"])), why if printable(why) == why else printable(why))
    except subprocess.TimeoutExpired:
        return Delivery(kind_of(url), phrase("no answer within {seconds:.0f} s", seconds=LONGEST_S))
    except (OSError, ValueError, KeyError, TypeError):
        return Delivery(kind_of(url), phrase("its process did not end as it should"))
