"""Pins and pulls as text and JSON: counts, never who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.pinned.pin import Pin
from pushspec.language import said, say
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import local_text
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.audiences import Pulled
    from pushspec.problems import Problem
    from pushspec.spec.audience_load import AudienceSpec

FORMAT_VERSION = 1


def pulled_text(pulled: Pulled) -> str:
    """Return what a pull did: count, change, and what was left out."""
    count = counted(pulled.pin.count, "account")
    line = say("{name}: {words}", name=pulled.pin.audience, words=count) + _change(pulled)
    return "\n".join([line, *_origin(pulled.pin), f"  {pulled.path}", ""])


def _change(pulled: Pulled) -> str:
    pin, before = pulled.pin, pulled.before
    if before is None:
        return ""
    if before.rows_sha256 == pin.rows_sha256:
        return say(", the same list as before")
    return say(", {count:+,} since the last pull", count=pin.count - before.count)


def pins_text(pins: Sequence[tuple[AudienceSpec, Pin | Problem]], *, zone: tzinfo | None = None) -> str:
    """Return every audience with what its pin says."""
    return "".join(f"{line}\n" for spec, pin in pins for line in _pin_lines(spec, pin, zone))


def _pin_lines(spec: AudienceSpec, pin: Pin | Problem, zone: tzinfo | None) -> Iterator[str]:
    if not isinstance(pin, Pin):
        yield f"{spec.name} · {printable(spec.path)}"
        yield f"  {said(pin.message)}{say('; ')}{said(pin.hint)}"
        return
    yield f"{spec.name} · {printable(spec.path)} · {said(counted(pin.count, 'account'))}"
    yield say(
        "  pulled {pulled_at} to {store}, list {sha256}",
        pulled_at=local_text(pin.pulled_at, zone),
        store=pin.store,
        sha256=pin.rows_sha256[:12],
    )
    if spec.audience.sha256 != pin.definition_sha256:
        yield say("  the audience file changed since: pull again")
    yield from _origin(pin)
    for spread in pin.combinations:
        names = ", ".join(spread.columns)
        yield say(
            "  by {names}: {combinations}",
            names=names,
            combinations=counted(len(spread.shown) + spread.hidden, "combination"),
        )
        yield from (f"    {', '.join(it.values)}: {it.count:,}" for it in spread.shown)
        if spread.hidden:
            yield say(
                "    {hidden:,} more with {accounts}",
                hidden=spread.hidden,
                accounts=counted(spread.hidden_accounts, "account"),
            )


def _origin(pin: Pin) -> Iterator[str]:
    left = [say("{duplicates:,} named an account again", duplicates=pin.duplicates)] * bool(pin.duplicates)
    left += [say("{excluded:,} excluded", excluded=pin.excluded)] * bool(pin.excluded)
    yield f"  {say(', ').join([said(counted(pin.rows, 'row')), *left])}"
    for one in pin.exclusions:
        named = printable(one.path or one.use or "")
        yield say(
            "  exclude: {found:,} of {entries:,} entries of {name} left out",
            found=one.found,
            entries=one.entries,
            name=named,
        )


def pins_json(pins: Sequence[tuple[AudienceSpec, Pin | Problem]]) -> str:
    """Return every audience as JSON; an audience without a pin has null there, and why."""
    found = [
        {
            "name": spec.name,
            "file": spec.path,
            "pin": pin.model_dump(mode="json") if isinstance(pin, Pin) else None,
            "problem": None if isinstance(pin, Pin) else f"{pin.message}; {pin.hint}",
        }
        for spec, pin in pins
    ]
    return json_text({"format_version": FORMAT_VERSION, "audiences": found})


def samples_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return some people of a list, a line each."""
    lines = [(say("account"), *columns), *rows]
    return "".join("\t".join(map(printable, line)) + "\n" for line in lines)
