"""The pin of an audience: the small file in git that says which list it stood for, and nobody's name."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pushspec.language import phrase
from pushspec.paths import PathRefusedError, read_inside
from pushspec.problems import Location, Problem
from pushspec.serialization import Json, digest_of

if TYPE_CHECKING:
    from pathlib import Path

PIN_VERSION = 1
"""Raised when a key changes its meaning; a newer pin is refused by older tools."""
FOLDER = "audiences"
MAX_BYTES = 4 * 1024 * 1024
FEWEST = 5
"""Values that fewer people share do not stand in a pin: they could tell who is meant."""
MOST_SHOWN = 1_000
"""Combinations of values that a pin lists of one set of columns."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PinnedExclusion(_Part):
    """What one entry of exclude did."""

    path: str | None = Field(default=None, description="The file or pattern of the project.")
    use: str | None = Field(default=None, description="The audience, where it is one.")
    sha256: Sha256 = Field(description="Of its files, or the rows_sha256 of its pin.")
    entries: int = Field(ge=0, description="Accounts that it names.")
    found: int = Field(ge=0, description="Of them in the list, and so left out.")

    @property
    def label(self) -> str:
        """What messages call it, as they do an entry of a campaign."""
        return self.path or phrase("the audience {use}", use=self.use)


class Combination(_Part):
    """Values that some people share."""

    values: tuple[str, ...]
    count: int = Field(ge=FEWEST)


class Combinations(_Part):
    """How the values of some columns are spread over the list."""

    columns: tuple[str, ...] = Field(description="In the order of their names.")
    shown: tuple[Combination, ...] = Field(max_length=MOST_SHOWN, description="Ordered by their values.")
    hidden: int = Field(ge=0, description="Further combinations, most of them of fewer than 5 people.")
    hidden_accounts: int = Field(ge=0, description="People with one of those.")


class Pin(_Part):
    """Which list an audience stood for on a day."""

    format_version: Literal[1] = 1
    audience: str
    environment: str
    pulled_at: datetime
    store: str = Field(description="Where the list lies, without credentials.")
    ids: Literal["user", "registration"]
    columns: tuple[str, ...] = Field(description="Kept columns, in the order of the list.")
    count: int = Field(ge=1, description="Accounts in the list.")
    rows: int = Field(ge=1, description="Rows of the source.")
    duplicates: int = Field(ge=0, description="Rows that named an account again.")
    excluded: int = Field(ge=0, description="Accounts that exclude left out.")
    longest_bytes: int = Field(ge=1, description="Of its longest account, in UTF-8.")
    content_bytes: int = Field(ge=1, description="Size of the list before it was compressed.")
    rows_sha256: Sha256 = Field(description="Of header and rows; the list's name in the store.")
    accounts_sha256: Sha256 = Field(description="Of the accounts alone, a line feed after each.")
    file_sha256: Sha256 = Field(description="Of the compressed file.")
    definition_sha256: Sha256 = Field(description="Of the audience file, without its description.")
    exclusions: tuple[PinnedExclusion, ...]
    combinations: tuple[Combinations, ...]
    checksum: str = Field(default="", description="Of all the other keys: a pin is never edited by hand.")

    def sealed(self) -> Pin:
        """Return the pin with its checksum."""
        return self.model_copy(update={"checksum": self.expected_checksum()})

    def expected_checksum(self) -> str:
        """Return the checksum that fits the other keys."""
        return digest_of(self.model_dump(mode="json", exclude={"checksum"}))

    def text(self) -> str:
        """Return the pin as it is written: one key a line, so that git shows what changed."""
        return (
            json.dumps(self.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=2) + "\n"
        )

    def combinations_of(self, columns: tuple[str, ...]) -> Combinations | None:
        """Return how the values of some columns are spread; None where the pull did not count them."""
        return next((it for it in self.combinations if it.columns == tuple(sorted(columns))), None)


def pin_schema() -> dict[str, Json]:
    """Return the JSON Schema of a pin."""
    dialect = "http://json-schema.org/draft-07/schema#"
    schema = Pin.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    return {"$schema": dialect, **schema, "title": "A pushspec pin", "definitions": definitions}


def pin_path(audience: str, environment: str) -> str:
    """Return where a pin lies, relative to the project."""
    return f"{FOLDER}/{audience}.{environment}.pin.json"


def read_pin(root: Path, audience: str, environment: str) -> Pin | Problem:
    """Return the pin of an audience, or the problem that there is none that can be trusted."""
    path = pin_path(audience, environment)
    again = phrase(
        "run `pushspec audience pull {audience} -e {environment}` and commit the pin",
        audience=audience,
        environment=environment,
    )
    try:
        data = read_inside(root, path, max_bytes=MAX_BYTES)
    except PathRefusedError as refused:
        is_missing = "no such file" in refused.reason
        what = phrase("the audience was never pulled") if is_missing else refused.reason
        return _problem(path, "pin-missing" if is_missing else "pin-damaged", what, again)
    if b"<<<<<<<" in data or b">>>>>>>" in data:
        both = phrase("git merged two pins, and neither list is meant by both")
        return _problem(path, "pin-damaged", both, phrase("take one side whole, or {again}", again=again))
    try:
        value = json.loads(data, object_pairs_hook=_each_once)
        version = value.get("format_version") if isinstance(value, dict) else None
        if isinstance(version, int) and version > PIN_VERSION:
            newer = phrase(
                "it has format {version}; this pushspec reads {known}", version=version, known=PIN_VERSION
            )
            return _problem(path, "pin-damaged", newer, phrase("use the pushspec that wrote it, or newer"))
        pin = Pin.model_validate_json(data)
    except (ValueError, RecursionError, ValidationError):
        return _problem(path, "pin-damaged", phrase("it is no pin, or a part of one"), again)
    if pin.checksum != pin.expected_checksum():
        return _problem(path, "pin-damaged", phrase("it was changed by hand or by a merge"), again)
    if (pin.audience, pin.environment) != (audience, environment):
        whose = phrase(
            "it is the pin of {audience} in {environment}", audience=pin.audience, environment=pin.environment
        )
        return _problem(path, "pin-damaged", whose, again)
    return pin


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _problem(path: str, rule: str, message: str, hint: str) -> Problem:
    return Problem(Location(path), rule, message, hint)
