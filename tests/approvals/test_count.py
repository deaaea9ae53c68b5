"""How many people approved exactly what is about to be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pushspec.approvals.count import Approvals, Evidence, Request, Rule, count_approvals
from pushspec.approvals.signers import Signers, read_signers
from pushspec.approvals.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from approvals.kit import KeyPair

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
DIGEST = "4f1c" * 16
REQUEST = Request(sdk_app_id=1400123456, environment="prod", campaign="sale", version=2, digest=DIGEST)
STATEMENT = Statement(
    sdk_app_id=1400123456,
    environment="prod",
    campaign="sale",
    version=2,
    digest=DIGEST,
    expires_at=NOW + timedelta(hours=12),
)
RULE = Rule(people=1, longest=timedelta(hours=24))


@pytest.fixture
def ada(make_key: Callable[..., KeyPair]) -> KeyPair:
    """Ada's key."""
    return make_key("ada")


@pytest.fixture
def lin(make_key: Callable[..., KeyPair]) -> KeyPair:
    """Lin's key."""
    return make_key("lin")


def people(**keys: KeyPair) -> Signers:
    return read_signers("".join(f"{name}@acme.com {key.public}\n" for name, key in keys.items()).encode())


def signed(statement: Statement | bytes = STATEMENT, **keys: KeyPair) -> Evidence:
    data = statement if isinstance(statement, bytes) else statement.text().encode()
    return Evidence(data, {f"{name}@acme.com": key.sign(data) for name, key in keys.items()})


def count(
    evidence: Evidence | None, signers: Signers, rule: Rule = RULE, *, now: datetime = NOW
) -> Approvals:
    return count_approvals(REQUEST, evidence, signers, rule, now=now)


def test_a_listed_person_s_signature_counts(ada: KeyPair, lin: KeyPair) -> None:
    """And the plan can say who else could approve."""
    found = count(signed(ada=ada), people(ada=ada, lin=lin), replace(RULE, people=2))

    assert (found.people, found.is_enough, found.missing) == (1, False, ("lin@acme.com",))
    assert found.counted[0].fingerprint.startswith("SHA256:")
    assert found.expires_at == STATEMENT.expires_at


def test_a_signature_that_does_not_count_takes_nothing_from_one_that_does(ada: KeyPair, lin: KeyPair) -> None:
    """Anybody who may push can add a file; it must not hide until when the approval counts."""
    found = count(signed(ada=ada, lin=lin), people(ada=ada))

    assert [(it.counts, bool(it.why)) for it in found.found] == [(True, False), (False, True)]
    assert (found.is_enough, found.expires_at) == (True, STATEMENT.expires_at)
    assert found.statement_sha256


def test_two_people_are_two(ada: KeyPair, lin: KeyPair) -> None:
    """Each under a key of their own."""
    found = count(signed(ada=ada, lin=lin), people(ada=ada, lin=lin), replace(RULE, people=2))

    assert (found.people, found.is_enough, found.missing) == (2, True, ())


def test_one_person_with_two_addresses_is_one(ada: KeyPair) -> None:
    """People are counted, not files."""
    found = count(signed(ada=ada, lin=ada), people(ada=ada, lin=ada), replace(RULE, people=2))

    assert [approval.counts for approval in found.found] == [True, True]
    assert (found.people, found.is_enough) == (1, False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"digest": "0" * 64}, "another content"),
        ({"environment": "staging"}, "another environment"),
        ({"version": 1}, "another version"),
        ({"campaign": "winter-sale"}, "another campaign"),
        ({"sdk_app_id": 1400999999}, "another app"),
        ({"expires_at": NOW}, "expired"),
        ({"expires_at": NOW + timedelta(hours=24, seconds=1)}, "later than the project allows"),
    ],
)
def test_an_approval_counts_for_nothing_else(change: dict[str, object], why: str, ada: KeyPair) -> None:
    """Each field in turn is another campaign, place or time than the one that is about to be sent."""
    found = count(signed(STATEMENT.model_copy(update=change), ada=ada), people(ada=ada))

    assert [approval.counts for approval in found.found] == [False]
    assert why in found.found[0].why


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(b'"version": 2', b'"version": 1'),
        lambda text: text + b"\n",
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda _text: b"",
    ],
)
def test_a_statement_edited_after_signing_counts_for_nothing(
    edit: Callable[[bytes], bytes], ada: KeyPair
) -> None:
    """What is read is what was signed, byte for byte."""
    whole = signed(ada=ada)

    found = count(replace(whole, statement=edit(whole.statement or b"")), people(ada=ada))

    assert found.found[0].why == "it does not fit the statement"


@pytest.mark.parametrize(
    "text",
    [
        STATEMENT.text().replace("{\n", '{\n  "digest": "' + "0" * 64 + '",\n', 1),
        STATEMENT.text().replace("  ", " "),
        "{}",
        "[" * 100_000,
    ],
)
def test_a_signed_statement_of_another_form_counts_for_nothing(text: str, ada: KeyPair) -> None:
    """A key that appears twice would show a reviewer something else than what is read."""
    found = count(signed(text.encode(), ada=ada), people(ada=ada))

    assert [approval.counts for approval in found.found] == [False]


def test_a_key_that_is_listed_for_somebody_else_does_not_count(ada: KeyPair, lin: KeyPair) -> None:
    """Ada cannot sign as Lin."""
    found = count(
        Evidence(STATEMENT.text().encode(), {"lin@acme.com": ada.sign(STATEMENT.text().encode())}),
        people(ada=ada, lin=lin),
    )

    assert "does not list that key for that address" in found.found[0].why


def test_a_stranger_s_key_does_not_count(ada: KeyPair, lin: KeyPair) -> None:
    """Whoever can write a file could otherwise approve."""
    assert count(signed(lin=lin), people(ada=ada)).people == 0


def test_a_key_counts_only_in_its_time(ada: KeyPair) -> None:
    """The bounds of the signers file are judged by our clock, in UTC."""
    line = f'ada@acme.com valid-after="20261201Z",valid-before="20261202Z" {ada.public}\n'
    signers = read_signers(line.encode())
    inside = [
        count(signed(ada=ada), signers, now=NOW + shift).people
        for shift in (timedelta(0), timedelta(hours=-11))
    ]

    early = count(signed(ada=ada), signers, now=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    alive = STATEMENT.model_copy(update={"expires_at": NOW + timedelta(hours=20)})
    last, late = (
        count(signed(alive, ada=ada), signers, now=datetime(2026, 12, 2, tzinfo=UTC) - left)
        for left in (timedelta(seconds=1), timedelta(0))
    )

    assert inside == [1, 0]  # eleven hours earlier, its expiry is further away than a day
    assert "for today" in early.found[0].why
    assert (last.people, late.people) == (1, 0)
    assert "for today" in late.found[0].why


def test_a_key_that_the_default_branch_took_out_does_not_count(ada: KeyPair, lin: KeyPair) -> None:
    """A commit from before the key was stolen still lists it."""
    found = count_approvals(
        REQUEST, signed(ada=ada), people(ada=ada, lin=lin), RULE, now=NOW, current=people(lin=lin)
    )

    assert "no longer lists that key" in found.found[0].why


def test_an_author_does_not_approve_under_another_address_either(ada: KeyPair, lin: KeyPair) -> None:
    """The address of the commit and that of the approval may differ; the key joins them."""
    signers = people(ada=ada, home=ada, lin=lin)

    found = count(signed(home=ada), signers, replace(RULE, authors=frozenset({"ada@acme.com"})))

    assert "an author of the change cannot approve it" in found.found[0].why
    assert found.missing == ("lin@acme.com",)


def test_an_address_is_the_same_in_any_case(ada: KeyPair) -> None:
    """People type addresses as they like."""
    text = STATEMENT.text().encode()

    found = count(Evidence(text, {"Ada@ACME.com": ada.sign(text)}), people(ada=ada))

    assert found.people == 1


def test_without_a_statement_nobody_approved(ada: KeyPair) -> None:
    """A rule that cannot be checked blocks."""
    found = count(None, people(ada=ada))

    assert (found.people, found.is_enough, found.missing) == (0, False, ("ada@acme.com",))


def test_an_approval_from_before_newer_zone_data_names_both_releases(ada: KeyPair) -> None:
    """Nobody changed the campaign, and yet its hours are others: the signer hears why to sign again."""
    before = STATEMENT.model_copy(update={"digest": "0" * 64, "zone_data": "2026e"})
    request = replace(REQUEST, zone_data="2026f")

    found = count_approvals(request, signed(before, ada=ada), people(ada=ada), RULE, now=NOW)

    assert found.found[0].why == (
        "it approves another content; time zone data went from 2026e to 2026f: approve it again, or go back "
        "with pip install tzdata==2026.5"
    )


def test_who_could_still_approve_has_a_key_that_counts_now(ada: KeyPair, lin: KeyPair) -> None:
    """A person whose key is over, or gone from the default branch, cannot help."""
    over = f'ada@acme.com valid-before="20250101Z" {ada.public}\nlin@acme.com {lin.public}\n'
    both = people(ada=ada, lin=lin)

    assert count(None, both).missing == ("ada@acme.com", "lin@acme.com")
    assert count(None, read_signers(over.encode())).missing == ("lin@acme.com",)
    found = count_approvals(REQUEST, None, both, RULE, now=NOW, current=people(ada=ada))
    assert found.missing == ("ada@acme.com",)


def test_a_file_that_was_not_read_counts_for_nothing(ada: KeyPair, lin: KeyPair) -> None:
    """It is larger than anything that approve writes; the others still count."""
    good = signed(ada=ada)
    signers = people(ada=ada, lin=lin)

    one = count(replace(good, signatures={**good.signatures, "lin@acme.com": None}), signers)
    none = count(replace(good, statement=None), signers)

    assert [(it.principal, it.counts, it.why) for it in one.found] == [
        ("ada@acme.com", True, ""),
        ("lin@acme.com", False, "it is larger than 1,048,576 bytes"),
    ]
    assert [(it.counts, it.why) for it in none.found] == [
        (False, "the statement is larger than 1,048,576 bytes")
    ]
    assert none.found[0].signature_sha256 == one.found[0].signature_sha256
    assert (none.people, none.expires_at, none.statement_sha256) == (0, None, "")
