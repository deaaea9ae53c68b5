"""Lines of a lockfile: sealed, chained, in one form only."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime

import pytest

from pushspec.errors import DamagedLockfileError
from pushspec.lockfile.lines import crc_of, damage, decode, decode_all, encode, is_whole
from pushspec.lockfile.records import Frozen, Header, Sent, Stats

AT = datetime(2026, 11, 21, 2, 0, 0, 250, tzinfo=UTC)
ENVELOPE = {"journal": "j", "run": "r", "nonce": "n", "at": AT}
HEADER = Header(seq=0, epoch=0, sdk_app_id=1400000000, environment="prod", **ENVELOPE)  # type: ignore[arg-type] # pydantic checks it


def note(seq: int, why: str = "é中👩‍🚀\u2028") -> Frozen:
    return Frozen(seq=seq, epoch=0, frozen=True, by="eve", why=why, **ENVELOPE)  # type: ignore[arg-type] # pydantic checks it


def lines() -> list[bytes]:
    out, crc = [], 0
    for record in (HEADER, note(1), note(2)):
        out.append(encode(record, previous_crc=crc))
        crc = crc_of(out[-1])
    return out


def test_a_line_is_one_json_object_in_a_fixed_order() -> None:
    """People read it with jq, and diffs stay small."""
    first = lines()[0]
    assert first.startswith(
        b'{"record":"header","seq":0,"journal":"j","epoch":0,"run":"r","nonce":"n",'
        b'"at":"2026-11-21T02:00:00.000250Z","version":1,"sdk_app_id":1400000000,"environment":"prod","crc":"'
    )
    assert first.endswith(b'"}\n')
    assert all(line.count(b"\n") == 1 for line in lines())
    assert json.loads(lines()[1])["why"] == "é中👩‍🚀\u2028"


def test_what_was_written_is_read() -> None:
    """Nothing is lost on the way."""
    assert list(decode_all(lines())) == [HEADER, note(1), note(2)]


def test_one_changed_bit_anywhere_is_noticed() -> None:
    """A lockfile that lies would send again."""
    line = lines()[1]
    for place in range(len(line)):
        for bit in (1, 4, 128):
            changed = line[:place] + bytes([line[place] ^ bit]) + line[place + 1 :]
            assert not is_whole(changed, previous_crc=crc_of(lines()[0])), place


def test_a_line_without_a_seal_is_noticed() -> None:
    """Somebody added it with an editor."""
    with pytest.raises(DamagedLockfileError, match="has no checksum"):
        crc_of(b'{"record":"frozen"}\n')
    assert not is_whole(b'{"record":"frozen"}\n', previous_crc=0)


def sealed(text: bytes) -> bytes:
    """Return a line whose checksum is right, whatever it says."""
    return text + b',"crc":"%08x"}\n' % zlib.crc32(text)


def test_a_record_that_names_another_place_is_noticed() -> None:
    """Its checksum is right, and yet it was written for elsewhere."""
    line = encode(note(5), previous_crc=0)
    with pytest.raises(DamagedLockfileError, match="record 3 of the lockfile says it is record 5"):
        decode(line, previous_crc=0, seq=3)


def test_a_value_of_another_type_is_not_bent_into_shape() -> None:
    """A number in quotes was not written by pushspec."""
    line = encode(note(0), previous_crc=0)
    assert decode(line, previous_crc=0, seq=0) == note(0)
    bent = line[: line.index(b',"crc"')].replace(b'"seq":0', b'"seq":"0"')
    with pytest.raises(DamagedLockfileError, match="kind"):
        decode(sealed(bent), previous_crc=0, seq=0)


@pytest.mark.parametrize("order", [[1], [0, 2], [0, 1, 1], [0, 2, 1], [0, 0]], ids=str)
def test_lost_doubled_or_swapped_lines_are_noticed(order: list[int]) -> None:
    """A merge of two branches must not look like a lockfile."""
    with pytest.raises(DamagedLockfileError):
        list(decode_all([lines()[number] for number in order]))


def test_windows_line_ends_are_noticed() -> None:
    """git may have turned them; its copy of the last commit lacks what was sent since."""
    with pytest.raises(DamagedLockfileError, match="line 1 ends in CR and LF") as caught:
        list(decode_all([line.replace(b"\n", b"\r\n") for line in lines()]))
    assert caught.value.hint.startswith("restore it from a copy that holds every record up to the end")


def test_a_record_of_a_newer_pushspec_is_refused_in_plain_words() -> None:
    """Skipping what one does not understand would be guessing."""
    line = sealed(b'{"record":"teleported","seq":0')
    with pytest.raises(DamagedLockfileError, match="kind") as caught:
        decode(line, previous_crc=0, seq=0)
    assert "newer" in caught.value.hint


def test_a_newer_version_is_refused() -> None:
    """Its records may mean something else."""
    line = encode(HEADER.model_copy(update={"version": 2}), previous_crc=0)
    with pytest.raises(DamagedLockfileError, match="version 2; this pushspec reads 1"):
        decode(line, previous_crc=0, seq=0)


def test_absent_values_are_left_out() -> None:
    """A push has no MsgKey, and its line does not say so."""
    sent = Sent(seq=0, epoch=0, key="k", attempt=1, task_id="t", left_at=AT, answered_at=AT, **ENVELOPE)  # type: ignore[arg-type] # pydantic checks it
    assert b"msg_key" not in encode(sent, previous_crc=0)


def test_a_kind_of_a_newer_pushspec_is_refused_in_plain_words() -> None:
    """Passing it over would forget what it says; the person needs the newer program."""
    line = encode(note(0), previous_crc=0).replace(b'"record":"frozen"', b'"record":"melted"')
    with pytest.raises(DamagedLockfileError, match="of a kind this pushspec does not know") as caught:
        decode(sealed(line[: line.rindex(b',"crc"')]), previous_crc=0, seq=0)
    assert caught.value.hint == "a newer pushspec probably wrote it; use that version"


def test_numbers_that_were_not_told_are_left_out() -> None:
    """Null is never written as 0, and never read as one."""
    record = Stats(seq=0, epoch=0, key="k", task_id="t", asked_at=AT, sent=0, platforms=(), **ENVELOPE)  # type: ignore[arg-type] # pydantic checks it
    line = encode(record, previous_crc=0)

    assert b'"sent":0' in line
    assert b'"reached"' not in line
    assert decode(line, previous_crc=0, seq=0) == record


@pytest.mark.parametrize("marker", [b"<<<<<<< HEAD", b"=======", b">>>>>>> theirs", b"||||||| base"])
def test_each_conflict_marker_of_git_is_told_as_one(marker: bytes) -> None:
    """Whichever comes first: a person may have deleted some of them."""
    told = str(damage(marker + b"\n", 4))

    assert told.startswith("line 5 is a conflict marker of git")


def test_a_sealed_line_that_was_changed_has_a_checksum_that_does_not_match() -> None:
    """It had one, so the line was changed and not added."""
    assert str(damage(lines()[1], 1)) == "line 2 is damaged: its checksum does not match"


def test_a_line_of_an_unknown_kind_is_named_by_its_number() -> None:
    """Editors count from 1."""
    unknown = {"record": "telepathy", "seq": 3}
    text = json.dumps(unknown, separators=(",", ":")).encode()[:-1]
    line = text + b',"crc":"%08x"}\n' % zlib.crc32(text, 7)

    with pytest.raises(DamagedLockfileError, match=r"^line 4 is of a kind"):
        decode(line, previous_crc=7, seq=3)
