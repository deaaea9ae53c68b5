"""Records as bytes: one JSON object a line, each sealed with a CRC that continues the line before it."""

from __future__ import annotations

import re
import zlib
from shlex import quote
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pushspec.errors import DamagedLockfileError
from pushspec.language import phrase
from pushspec.lockfile.records import LOCKFILE_VERSION, RECORDS, Header
from pushspec.serialization import wire_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.lockfile.records import AnyRecord, Record

_CONFLICT_MARKERS = (b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| ")
RESTORE = phrase(
    "restore it from a copy that holds every record up to the end; an older one would send again"
)
_BEGINNING = b'{"record":"'
_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}\n?\Z')
_ANY_SEAL = re.compile(rb',"crc":"[0-9a-f]{8}"\}')
_SEAL_INSIDE = re.compile(_ANY_SEAL.pattern + rb"(?!\n?\Z|\0)")


def encode(record: Record, *, previous_crc: int) -> bytes:
    """Return the record's line with its final line feed.

    The seal is a CRC over the line so far that starts from the CRC of the line before, so a line that is
    changed, lost, doubled or moved breaks the chain.
    """
    text = wire_json(record.model_dump(exclude_none=True))[:-1]
    return text + b',"crc":"%08x"}\n' % zlib.crc32(text, previous_crc)


def crc_of(line: bytes, *, seq: int | None = None, file: str = "") -> int:
    """Return the CRC that a line carries; ``seq`` and ``file``, where they are known, go into the error.

    Raises:
        DamagedLockfileError: It carries none.
    """
    seal = _SEAL.search(line)
    if seal is None:
        raise damage(line, seq, file)
    return int(seal[1], 16)


def damage(line: bytes, seq: int | None, file: str = "") -> DamagedLockfileError:
    """Say what became of a line that nobody wrote like this, and the way out; ``file`` is where it stands."""
    where = phrase("a line") if seq is None else phrase("line {number}", number=seq + 1)
    if line.startswith(_CONFLICT_MARKERS):
        return DamagedLockfileError(
            phrase(
                "{where} is a conflict marker of git: two histories were merged, and both may have sent",
                where=where,
            ),
            hint=phrase(
                "take one side whole (`git checkout --ours` or `--theirs`), and settle what the other sent"
            ),
        )
    if line.endswith(b"\r\n"):
        return DamagedLockfileError(
            phrase("{where} ends in CR and LF: git or an editor converted the file", where=where),
            hint=_without_carriage_returns(file) if file else RESTORE,
        )
    if b"\0" in line:
        return DamagedLockfileError(
            phrase("{where} holds zeros, as after a power cut", where=where), hint=RESTORE
        )
    if goes_on(line):
        return DamagedLockfileError(
            phrase("{where} goes on behind a whole record: an editor changed the ends of lines", where=where),
            hint=_with_line_feeds(file) if b"\r" in line and file else RESTORE,
        )
    why = phrase("its checksum does not match") if _SEAL.search(line) else phrase("it has no checksum")
    return DamagedLockfileError(phrase("{where} is damaged: {why}", where=where, why=why), hint=RESTORE)


def _without_carriage_returns(file: str) -> str:
    """Return the way that keeps every record: an older copy, such as git's, forgets what was sent since."""
    return phrase(
        "{command} takes the CRs away and keeps every record; then write "
        "`*.lock -text merge=binary` into .gitattributes, and run `pushspec lock check`",
        command=f"`sed -i 's/\\r$//' {quote(file)}`",
    )


def _with_line_feeds(file: str) -> str:
    return phrase(
        "`{command}` brings the line ends back and keeps every record; then run `pushspec lock check`",
        command=f"sed -i 's/\\r/\\n/g' {quote(file)}",
    )


def is_whole(line: bytes, *, previous_crc: int) -> bool:
    """Whether every byte of the line is the one that was written after the line before."""
    seal = _SEAL.search(line)
    return seal is not None and zlib.crc32(line[: seal.start()], previous_crc) == int(seal[1], 16)


def goes_on(line: bytes) -> bool:
    """Whether there is more behind the end of a record: no write leaves that, and no power cut."""
    return _SEAL_INSIDE.search(line) is not None


def is_cut_off(line: bytes) -> bool:
    """Whether a line without a line feed is the beginning of a record: all that a write leaves that dies.

    What holds the end of a record is more than that. Where an editor took the line feeds themselves, every
    record behind that place would be forgotten, and sent again.
    """
    is_beginning = line.startswith(_BEGINNING) or _BEGINNING.startswith(line)
    return is_beginning and b"\0" not in line and _ANY_SEAL.search(line) is None


def decode(line: bytes, *, previous_crc: int, seq: int) -> AnyRecord:
    """Return the record of a line.

    Raises:
        DamagedLockfileError: The line is not what pushspec wrote at this place.
    """
    if not is_whole(line, previous_crc=previous_crc):
        raise damage(line, seq)
    body = line[: _SEAL.search(line).start()] + b"}"  # type: ignore[union-attr] # is_whole has found the seal
    try:
        record = RECORDS.validate_json(body)
    except ValidationError as error:
        raise DamagedLockfileError(
            phrase("line {seq} is of a kind this pushspec does not know", seq=seq + 1),
            hint=phrase("a newer pushspec probably wrote it; use that version"),
        ) from error
    if record.seq != seq:
        raise DamagedLockfileError(
            phrase(
                "record {seq} of the lockfile says it is record {record_seq}", seq=seq, record_seq=record.seq
            )
        )
    if isinstance(record, Header) and record.version > LOCKFILE_VERSION:
        raise DamagedLockfileError(
            phrase(
                "the lockfile has version {version}; this pushspec reads {lockfile_version}",
                version=record.version,
                lockfile_version=LOCKFILE_VERSION,
            )
        )
    return record


def decode_all(lines: Iterable[bytes]) -> Iterator[AnyRecord]:
    """Yield the records of a whole lockfile.

    Raises:
        DamagedLockfileError: A line is not what pushspec wrote at its place.
    """
    crc = 0
    for seq, line in enumerate(lines):
        yield decode(line, previous_crc=crc, seq=seq)
        crc = crc_of(line)
