"""Read an OpenSSH ``allowed_signers`` file and decide which of its lines name a person who may approve.

``ssh-keygen`` accepts more than a review can carry: patterns that match anyone, certificates, times in the
zone of the machine. So this parser decides, and ``ssh-keygen`` only checks a signature against one line that
is written from what was read here (ssh-keygen(1), section ALLOWED SIGNERS, OpenSSH 9.2).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pushspec.approvals.keys import KEY_TYPES, KeyFormatError, PublicKey, read_key
from pushspec.errors import message_of
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "pushspec"
MAX_BYTES = 1024 * 1024
MAX_LINES = 5_000

_ADDRESS = re.compile(r"[^\s@,\"*?!]+@[^\s@,\"*?!]+")
_WORD = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+')
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>(?:[^"\\]|\\.)*)")?')
_TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)?(Z?)")


@dataclass(frozen=True, slots=True)
class Signer:
    """One line that counts: who may sign with which key, and when.

    Attributes:
        line: Its number, from 1.
        principals: E-mail addresses in lower case.
        key: The public key.
        valid_after: Signatures count from this instant on; None without a bound.
        valid_before: Signatures count before this instant; None without a bound.
    """

    line: int
    principals: frozenset[str]
    key: PublicKey
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def is_valid_at(self, instant: datetime) -> bool:
        """Whether the line counts at an instant."""
        if self.valid_after is not None and instant < self.valid_after:
            return False
        return self.valid_before is None or instant < self.valid_before


@dataclass(frozen=True, slots=True)
class Signers:
    """What a signers file says.

    Attributes:
        lines: The lines that count, in order.
        warnings: One sentence for each line that does not count or should be written otherwise.
    """

    lines: tuple[Signer, ...] = ()
    warnings: tuple[str, ...] = ()
    _person_of: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._person_of.update(_people(self.lines))

    @property
    def principals(self) -> frozenset[str]:
        """All addresses that may approve."""
        return frozenset(name for line in self.lines for name in line.principals)

    def of(self, principal: str) -> tuple[Signer, ...]:
        """Return the lines of an address."""
        return tuple(line for line in self.lines if principal.lower() in line.principals)

    def holds(self, key: PublicKey) -> bool:
        """Whether any line that counts names a key."""
        return any(line.key == key for line in self.lines)

    def person(self, principal: str) -> int:
        """Return a number that is the same for all addresses and keys of one person.

        One key under two addresses is one person, and so are two keys under one address, through any chain.
        """
        return self._person_of[principal.lower()]


def _people(lines: tuple[Signer, ...]) -> dict[str, int]:
    """Join addresses that share a key, by union-find over both."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for line in lines:
        for principal in line.principals:
            parent[find(principal)] = find(line.key.fingerprint)
    roots = {find(name) for name in parent}
    numbers = {root: number for number, root in enumerate(sorted(roots))}
    return {name: numbers[find(name)] for name in list(parent)}


def read_signers(data: bytes) -> Signers:
    """Read an ``allowed_signers`` file.

    A line that cannot be read, or that names more than one person, is passed over with a warning.

    Args:
        data: The file's bytes, as they are in the commit.

    Returns:
        The lines that count. Nobody may approve where the file as a whole is refused.
    """
    if len(data) > MAX_BYTES:
        return Signers(
            warnings=(
                phrase("the signers file is larger than {most:,} bytes; nobody in it counts", most=MAX_BYTES),
            )
        )
    lines = data.split(b"\n")
    if len(lines) > MAX_LINES:
        return Signers(
            warnings=(
                phrase("the signers file has over {most:,} lines; nobody in it counts", most=MAX_LINES),
            )
        )
    signers: list[Signer] = []
    warnings: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            signer = _read_line(number, line, warnings)
        except _LineError as error:
            why = message_of(error)
            warnings.append(phrase("line {number} does not count: {why}", number=number, why=why))
            continue
        if signer is not None:
            signers.append(signer)
    return Signers(tuple(signers), tuple(warnings))


class _LineError(ValueError):
    """Why a line does not count."""


def _read_line(number: int, line: bytes, warnings: list[str]) -> Signer | None:
    if line.endswith(b"\r"):
        raise _LineError(phrase("it ends with CR LF; save the file with LF line ends"))
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _LineError(phrase("it is not UTF-8")) from None
    if not text.strip() or text.lstrip().startswith("#"):
        return None
    if not text.replace("\t", " ").isprintable():
        raise _LineError(phrase("it holds a control or invisible character"))
    words = _WORD.findall(text)
    principals = _principals(words[0])
    at = 1
    options: dict[str, str] = {}
    if len(words) > at and words[at] not in KEY_TYPES and not _looks_like_key_type(words[at]):
        options = _options(words[at])
        at += 1
    if len(words) < at + 2:
        raise _LineError(phrase("it has no key"))
    bounds = {name: _instant(options.get(name), number, name, warnings) for name in _BOUNDS}
    return Signer(
        number, principals, _key(words[at], words[at + 1]), bounds["valid-after"], bounds["valid-before"]
    )


_BOUNDS = ("valid-after", "valid-before")


def _looks_like_key_type(word: str) -> bool:
    return word.startswith(("ssh-", "ecdsa-", "sk-")) and "=" not in word


def _principals(word: str) -> frozenset[str]:
    names = word.strip('"').split(",")
    for name in names:
        if any(character in name for character in "*?!"):
            raise _LineError(phrase("{name!r} is a pattern; write out each address", name=name))
        if not _ADDRESS.fullmatch(name):
            raise _LineError(phrase("{name!r} is not an e-mail address", name=name))
    return frozenset(name.lower() for name in names)


def _options(word: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _option_pairs(word):
        if name == "cert-authority":
            raise _LineError(phrase("certificates do not count"))
        if name not in {"namespaces", *_BOUNDS}:
            raise _LineError(phrase("it has the unknown option {name!r}", name=name))
        if value is None:
            raise _LineError(phrase("{name} needs a value in quotes", name=name))
        if name in found:
            raise _LineError(phrase("it has {name} twice", name=name))
        found[name] = value
    if "namespaces" in found and NAMESPACE not in found["namespaces"].split(","):
        raise _LineError(phrase("its namespaces leave out {namespace!r}", namespace=NAMESPACE))
    return found


def _option_pairs(word: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    while at < len(word):
        match = _OPTION.match(word, at)
        if match is None or (match.end() < len(word) and word[match.end()] != ","):
            raise _LineError(phrase("{word!r} is neither options nor a key type", word=word[:40]))
        yield match["name"].lower(), match["value"]
        at = match.end() + 1


def _key(kind: str, encoded: str) -> PublicKey:
    if "-cert-" in kind:
        raise _LineError(phrase("certificates do not count"))
    if kind not in KEY_TYPES:
        raise _LineError(phrase("keys of type {kind!r} do not count", kind=kind[:40]))
    try:
        key = read_key(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise _LineError(phrase("its key is not base64")) from None
    except KeyFormatError as error:
        raise _LineError(phrase("its key cannot be used: {error}", error=message_of(error))) from None
    if key.kind != kind:
        raise _LineError(phrase("it says {kind}, and its key is {key_kind}", kind=kind, key_kind=key.kind))
    return key


def _instant(text: str | None, number: int, name: str, warnings: list[str]) -> datetime | None:
    """Read ``YYYYMMDD[HHMM[SS]][Z]``; without ``Z`` UTC is meant, so that every machine agrees."""
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise _LineError(phrase("{name} {text!r} is not a time such as 20261201Z", name=name, text=text))
    day, clock, zone = match.groups()
    try:
        instant = datetime.strptime(day + (clock or "0000").ljust(6, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise _LineError(phrase("{name} {text!r} does not exist", name=name, text=text)) from None
    if not zone:
        warnings.append(
            phrase(
                "line {number}: {name} {text!r} has no Z; it is read as UTC, by ssh-keygen as local time",
                number=number,
                name=name,
                text=text,
            )
        )
    return instant
