"""Packed accounts are the accounts, whatever they hold and however they are asked for."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.audience.accounts import accounts_sha256
from pushspec.audience.packed import PackedAccounts

_ACCOUNT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))
_PLACE = st.none() | st.integers(-2_100, 2_100)


@given(accounts=st.lists(_ACCOUNT), start=_PLACE, stop=_PLACE, step=st.sampled_from([None, 1, 2, -1]))
def test_packed_accounts_behave_as_a_tuple_of_them(
    accounts: list[str], start: int | None, stop: int | None, step: int | None
) -> None:
    """A part that named somebody else, or nobody, could not be taken back."""
    packed, plain = PackedAccounts(accounts), tuple(accounts)

    assert tuple(packed) == plain
    assert len(packed) == len(plain)
    assert packed[start:stop:step] == plain[start:stop:step]
    assert [packed[place] for place in range(-len(plain), len(plain))] == [*plain, *plain]


@pytest.mark.parametrize("count", [999, 1_000, 1_001, 2_500])
def test_a_long_list_is_whole(count: int) -> None:
    """It is unpacked and hashed some at a time, and none may fall between two of them."""
    accounts = [f"user-{number}-中" for number in range(count)]

    packed = PackedAccounts(accounts)

    assert list(packed) == accounts
    assert (
        accounts_sha256(packed)
        == sha256("".join(f"{account}\n" for account in accounts).encode()).hexdigest()
    )
    assert accounts_sha256(packed, accounts) == accounts_sha256([*accounts, *accounts])


def test_places_beyond_the_end_are_none() -> None:
    """As of a tuple."""
    with pytest.raises(IndexError):
        PackedAccounts(["a"])[1]


def test_an_account_with_a_line_feed_is_refused() -> None:
    """It would come out as two people."""
    with pytest.raises(ValueError, match="line feed"):
        PackedAccounts(["a\nb"])
