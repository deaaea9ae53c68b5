"""Read the lists that campaigns use: the pin is checked first, then the list against the pin."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from pushspec.audience.files import hash_files
from pushspec.audience.packed import PackedAccounts
from pushspec.audience.pinned.changes import NamedList, PeopleChange, people_change
from pushspec.audience.pinned.list_file import rows_of, unpack
from pushspec.audience.pinned.opening import DEFAULT_FOLDER, open_list_store
from pushspec.audience.pinned.pin import Pin, pin_path, read_pin
from pushspec.audience.pinned.stores import (
    CACHE,
    ENDING,
    ListMissingError,
    cache_of,
    cached,
    is_plain,
    missing,
    untold,
)
from pushspec.audience.pinned.unopened import UnopenedAccounts
from pushspec.audience.rows import Batch, FormatError
from pushspec.audience.spill import Spill, spill_file
from pushspec.language import phrase
from pushspec.spec.audience_load import WRITE_ONE, read_audiences
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.pinned.pin import PinnedExclusion
    from pushspec.audience.pinned.stores import OnBytes
    from pushspec.problems import Problem
    from pushspec.spec.audience_load import AudienceSpec


class PinFault(NamedTuple):
    """Why a pin may not be used: a rule, what is wrong, and what to do."""

    rule: str
    message: str
    hint: str


class PinnedLists:
    """The pinned lists of a project in one environment.

    Args:
        root: The project folder.
        environment: The environment's name.
        place: Where its lists lie, as the project file says it; None for the default.
        fetch: Whether a list may be fetched from a bucket; without, nothing is opened but files.
        read: Whether a list on this machine is read; without, pins alone tell of all of them.
        on_bytes: Is told how the fetch of a list comes on.

    Attributes:
        spill: Where the people of all lists of one plan are, those of files included.
    """

    def __init__(
        self,
        root: Path,
        environment: str,
        place: str | None,
        *,
        fetch: bool = False,
        read: bool = True,
        on_bytes: OnBytes = untold,
    ) -> None:
        self._root = root
        self._environment = environment
        self._place = place
        self._fetch = fetch
        self._read = read
        self._on_bytes = on_bytes
        self.spill = Spill()
        self._read_specs = cache(lambda: read_audiences(root))
        self._pins: dict[str, Pin | PinFault] = {}
        self._at_hand: dict[str, bool] = {}

    def pin(self, name: str) -> Pin | PinFault:
        """Return the pin of an audience, or why it may not be used."""
        if name not in self._pins:
            self._pins[name] = self._read_pin(name)
        return self._pins[name]

    def names_account(self, name: str, column: str) -> bool:
        """Whether a column of a pinned audience is that of its accounts."""
        specs, _ = self._read_specs()
        return specs[name].audience.names_account(column)

    def _read_pin(self, name: str) -> Pin | PinFault:
        specs, problems = self._read_specs()
        if name not in specs:
            return _unknown(name, list(specs), [problem for problem in problems if problem.is_error])
        pin = read_pin(self._root, name, self._environment)
        if not isinstance(pin, Pin):
            return PinFault(
                pin.rule, phrase("{key}: {text}", key=pin.location.file, text=pin.message), pin.hint
            )
        if changed := self._changed(specs[name], pin):
            hint = phrase(
                "run `pushspec audience pull {name} -e {environment}`, and review the new pin",
                name=name,
                environment=self._environment,
            )
            return PinFault(
                "pin-stale",
                phrase(
                    "{changed} changed after {pin}", changed=changed, pin=pin_path(name, self._environment)
                ),
                hint,
            )
        return pin

    def _changed(self, spec: AudienceSpec, pin: Pin) -> str:
        """Return what decides who is in the list and changed since the pull; empty where nothing did."""
        if spec.audience.sha256 != pin.definition_sha256:
            return spec.path
        return next(
            (
                one.path or phrase("the pin of {use}", use=one.use)
                for one in pin.exclusions
                if not self._is_as_it_was(one)
            ),
            "",
        )

    def _is_as_it_was(self, exclusion: PinnedExclusion) -> bool:
        if exclusion.use is not None:
            other = read_pin(self._root, exclusion.use, self._environment)
            return isinstance(other, Pin) and other.rows_sha256 == exclusion.sha256
        try:
            return hash_files(self._root, exclusion.path or "") == exclusion.sha256
        except FormatError:
            return False

    def is_at_hand(self, pin: Pin) -> bool:
        """Whether the list can be read without the network, or may be fetched."""
        if pin.rows_sha256 not in self._at_hand:
            self._at_hand[pin.rows_sha256] = self._fetch or (self._read and self._local(pin) is not None)
        return self._at_hand[pin.rows_sha256]

    def unopened(self, pin: Pin) -> UnopenedAccounts | None:
        """Return the people of a list at hand, to be read when one is asked for.

        None where lists may be fetched: whoever sends, or asks for all that can be known, reads them at once.
        """
        if self._fetch or not self.is_at_hand(pin):
            return None
        return UnopenedAccounts(pin, lambda: self._accounts(pin))

    def _accounts(self, pin: Pin) -> PackedAccounts:
        accounts = PackedAccounts(spill=self.spill)
        for batch in self.batches(pin, ()):
            accounts.extend(batch.accounts)
        return accounts

    def change_since(self, rows_sha256: str, pin: Pin) -> PeopleChange | None:
        """Return who joined and left since an earlier list; None where one of the two is not at hand."""
        before, after = self.stored(rows_sha256), self.stored(pin.rows_sha256)
        if not (is_plain(before.file) and is_plain(after.file)):
            return None
        return people_change(before, after)

    def stored(self, rows_sha256: str) -> NamedList:
        """Return where a list lies on this machine, or would."""
        is_elsewhere = bool(urlsplit(self._place or "").scheme)
        folder = self._root / (CACHE if is_elsewhere else self._place or DEFAULT_FOLDER)
        return NamedList(folder / f"{rows_sha256}{ENDING}", rows_sha256)

    def _local(self, pin: Pin) -> Path | None:
        if urlsplit(self._place or "").scheme:
            return cached(pin, cache_of(self._root))
        try:
            return open_list_store(self._place, self._root).local(pin, cache_of(self._root))
        except ListMissingError:
            return None

    def _fetched(self, pin: Pin) -> Path:
        store = open_list_store(self._place, self._root)
        if not self._fetch:  # it was at hand, and is gone
            raise missing(pin, store.where)
        return store.local(pin, cache_of(self._root), self._on_bytes)

    def batches(self, pin: Pin, columns: Sequence[str]) -> Iterator[Batch]:
        """Yield the people of a list with some kept columns, after all of it was compared with the pin.

        What is read is a copy that nobody else can open: what happens to the stored list meanwhile does not
        matter.

        Raises:
            ListMissingError: The store does not hold it.
            ListDiffersError: What lies there is another list.
            StoreError: The store cannot be reached.
        """
        stored = self._local(pin) or self._fetched(pin)
        places = [0, *(1 + pin.columns.index(column) for column in columns)]
        path = pin_path(pin.audience, pin.environment)
        with spill_file() as content:
            unpack(stored, content, pin)
            content.seek(0)
            for rows in rows_of(content, pin):
                accounts, *values = (rows[place] for place in places)
                yield Batch(accounts, tuple(values), file=path, is_checked=True)


def _unknown(name: str, known: Sequence[str], wrong: Sequence[Problem]) -> PinFault:
    """Say that no file defines an audience; where one cannot be read, it is likely that one."""
    message = phrase("the project has no audience {name}", name=name)
    if wrong and not did_you_mean(name, known, listed=False):
        place = wrong[0].location
        where, why = f"{place.file}:{place.line}", wrong[0].message
        said = phrase("{message} that can be read: {where}: {why}", message=message, where=where, why=why)
        return PinFault("audience-unknown", said, phrase("correct {file}", file=place.file))
    hint = did_you_mean(name, known) or WRITE_ONE
    return PinFault("audience-unknown", message, hint)
