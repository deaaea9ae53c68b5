"""What a statement must be, and that nothing else is read as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from pushspec.approvals.statement import MAX_BYTES, Statement, StatementError, read_statement

STATEMENT = Statement(
    sdk_app_id=1400123456,
    environment="prod",
    campaign="sale",
    version=2,
    digest="4f1c" * 16,
    zone_data="2026f",
    expires_at=datetime(2026, 12, 1, 22, tzinfo=UTC),
)
NO_STATEMENT = "it is no approval statement of this version"


def with_fields(**changed: object) -> bytes:
    fields = json.loads(STATEMENT.text()) | changed
    return (json.dumps(fields, ensure_ascii=False, indent=2) + "\n").encode()


def test_a_statement_is_read_as_it_was_written() -> None:
    """People sign the text, and what is read from it must be what it says."""
    found = read_statement(STATEMENT.text().encode())

    assert found == STATEMENT
    assert found.key == "sale@2"


def test_the_text_is_what_a_signer_sees() -> None:
    """In this order, kind and form first, the expiry in UTC and whole seconds wherever it was written."""
    there = STATEMENT.expires_at.astimezone(timezone(timedelta(hours=8))).replace(microsecond=500_000)
    text = Statement(**(STATEMENT.model_dump() | {"expires_at": there})).text()

    assert text == (
        '{\n  "kind": "pushspec/approval",\n  "format_version": 1,\n  "sdk_app_id": 1400123456,\n'
        '  "environment": "prod",\n  "campaign": "sale",\n  "version": 2,\n'
        f'  "digest": "{"4f1c" * 16}",\n  "zone_data": "2026f",\n  "expires_at": "2026-12-01T22:00:00Z"\n}}\n'
    )


@pytest.mark.parametrize(("name", "value"), [("version", 3), ("digest", "0" * 64)])
def test_a_statement_does_not_change_after_it_was_read(name: str, value: object) -> None:
    """What counts is what was signed, to the end of the run."""
    with pytest.raises(ValidationError, match="frozen"):
        setattr(STATEMENT, name, value)


def test_an_error_names_the_field_and_not_what_is_in_it() -> None:
    """It may end in the log of a pipeline."""
    with pytest.raises(ValidationError, match="campaign") as caught:
        Statement.model_validate(STATEMENT.model_dump() | {"campaign": ["merger"]})

    assert "merger" not in str(caught.value)


def test_names_stay_readable_in_the_text() -> None:
    """Who signs must be able to read which campaign it is; a release of no zones is not mentioned."""
    text = STATEMENT.model_copy(update={"campaign": "新年", "zone_data": None}).text()

    assert '"campaign": "新年"' in text
    assert "zone_data" not in text
    assert read_statement(text.encode()).campaign == "新年"


def test_the_least_of_each_field_is_enough() -> None:
    """Short names, the first version."""
    least = {"sdk_app_id": 1, "environment": "p", "campaign": "s", "version": 1}

    assert read_statement(with_fields(**least)) == STATEMENT.model_copy(update=least)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "pushspec/other"},
        {"format_version": 2},
        {"sdk_app_id": 0},
        {"sdk_app_id": "1400123456"},
        {"environment": ""},
        {"campaign": ""},
        {"version": 0},
        {"version": "2"},
        {"version": True},
        {"environment": 2},
        {"campaign": 2},
        {"digest": int("4" * 64)},
        {"digest": "4f1c" * 15},
        {"digest": "4F1C" * 16},
        {"digest": "4f1c" * 17},
        {"zone_data": "latest"},
        {"zone_data": "2026f "},
        {"expires_at": "2026-12-01T22:00:00"},
        {"expires_at": "tomorrow"},
        {"and_also": "everything"},
    ],
    ids=str,
)
def test_a_field_of_another_form_makes_it_no_statement(changed: dict[str, object]) -> None:
    """A signer cannot tell what a newer or odd form means, and neither can we."""
    with pytest.raises(StatementError, match=NO_STATEMENT):
        read_statement(with_fields(**changed))


@pytest.mark.parametrize(
    "name",
    ["sdk_app_id", "environment", "campaign", "version", "digest", "expires_at"],
)
def test_each_field_must_be_there(name: str) -> None:
    """What is left out would be approved for whatever it is."""
    fields = json.loads(STATEMENT.text())
    del fields[name]

    with pytest.raises(StatementError, match=NO_STATEMENT):
        read_statement(json.dumps(fields, indent=2).encode())


@pytest.mark.parametrize(
    "data",
    [
        STATEMENT.text().rstrip().encode(),
        STATEMENT.text().replace('  "kind": "pushspec/approval",\n', "").encode(),
        STATEMENT.text().replace('  "format_version": 1,\n', "").encode(),
        with_fields(expires_at="2026-12-02T06:00:00+08:00"),
        with_fields(zone_data=None),
    ],
)
def test_the_same_said_in_another_form_is_refused(data: bytes) -> None:
    """One meaning has one text: what was signed can be written again, byte for byte."""
    with pytest.raises(StatementError, match="not in the form that `pushspec approve` writes"):
        read_statement(data)


@pytest.mark.parametrize(("more", "is_read"), [(0, True), (1, False)])
def test_a_statement_holds_16_kib_and_not_a_byte_more(more: int, is_read: bool) -> None:
    """Who may push a file must not be able to make a check read for ever."""
    short = STATEMENT.model_copy(update={"campaign": ""})
    name = "x" * (16 * 1024 - len(short.text()) + more)
    data = STATEMENT.model_copy(update={"campaign": name}).text().encode()

    assert len(data) == MAX_BYTES + more
    if is_read:
        assert read_statement(data).campaign == name
    else:
        with pytest.raises(StatementError, match="it is larger than 16,384 bytes"):
            read_statement(data)
