"""A strict reader of iCalendar, written from RFC 5545: what it refuses, some calendar refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LINE = re.compile(r"(?P<name>[A-Za-z0-9-]+):(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)")
"""``contentline`` of section 3.1, of lines without parameters."""
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
"""``text`` of section 3.3.11."""
_UNESCAPED = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}
_ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP"}
_TEXTS = {"SUMMARY", "DESCRIPTION", "UID"}
_INSTANTS = {"DTSTAMP", "DTSTART", "DTEND"}
_MOST_OCTETS = 75


def read_events(text: str) -> list[dict[str, str | datetime]]:
    """Return the events of a calendar.

    Raises:
        AssertionError: It breaks a rule of RFC 5545.
    """
    lines = _unfolded(text)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    head, *events = "\n".join(lines[1:-1]).split("BEGIN:VEVENT\n")
    about = dict(_property(line) for line in head.splitlines())
    assert about["VERSION"] == "2.0"
    assert about["PRODID"]
    return [_event(event.splitlines()) for event in events]


def _unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    folded = text.removesuffix("\r\n").split("\r\n")
    assert not [line for line in folded if len(line.encode()) > _MOST_OCTETS or "\n" in line or "\r" in line]
    return "\n".join(folded).replace("\n ", "").split("\n")


def _property(line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    assert found is not None, line
    return found["name"], found["value"]


def _event(lines: list[str]) -> dict[str, str | datetime]:
    assert lines[-1] == "END:VEVENT"
    pairs = [_property(line) for line in lines[:-1]]
    names = [name for name, _ in pairs]
    assert set(names) <= _ONCE
    assert len(names) == len(set(names))
    assert {"UID", "DTSTAMP", "DTSTART"} <= set(names)
    event = {name: _value(name, value) for name, value in pairs}
    assert event["DTEND"] > event["DTSTART"]  # type: ignore[operator] # both are instants
    assert event["STATUS"] in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
    assert event["TRANSP"] in {"OPAQUE", "TRANSPARENT"}
    return event


def _value(name: str, value: str) -> str | datetime:
    if name in _INSTANTS:
        assert re.fullmatch(r"\d{8}T\d{6}Z", value), value
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if name in _TEXTS:
        assert _TEXT.fullmatch(value), value
        return re.sub(r"\\[\\;,nN]", lambda found: _UNESCAPED[found[0]], value)
    return value
