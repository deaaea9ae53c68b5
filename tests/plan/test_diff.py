"""What changed: whatever differs in what would be sent is said, and what widens a push is marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbench import FRIDAY

from pushspec.plan.diff import CampaignDiff, FieldChange, Kind, diff, diff_all
from pushspec.plan.snapshots import Snapshot, snapshot_of
from pushspec.serialization import wire_json

if TYPE_CHECKING:
    from workbench import Project

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _snapshot(folder: Project, name: str = "sale") -> Snapshot:
    return snapshot_of(folder.campaign(name).sending)


def _changed(folder: Project, before: dict[str, str], after: dict[str, str]) -> CampaignDiff:
    old = _snapshot(folder.add(**before))
    return diff(old, _snapshot(folder.add(**after)))


def test_the_same_file_changes_nothing(folder: Project) -> None:
    """A pull request that moves or reformats files sends nothing else."""
    found = _changed(folder, {}, {"description": "reworded"})

    assert found.kind is Kind.SAME
    assert found.changes == ()


def test_a_body_is_compared_field_by_field(folder: Project) -> None:
    """A reviewer sees the word that changed, inside the data for the app too."""
    found = _changed(
        folder,
        {"notification": "{title: A, ext: {page: /a, id: 1}}"},
        {"notification": "{title: B, desc: new, ext: {page: /b, id: 1}}"},
    )

    assert [(change.field, change.before, change.after) for change in found.changes] == [
        ("OfflinePushInfo.Desc", "", "new"),
        ("OfflinePushInfo.Ext.page", "/a", "/b"),
        ("OfflinePushInfo.Title", "A", "B"),
    ]


def test_an_audience_is_compared_in_words(folder: Project) -> None:
    """The question is never “which bytes”, it is “who gets it now”."""
    found = _changed(folder, {"audience": "{tags: {any: [A, B]}}"}, {"audience": "{tags: {all: [A, B]}}"})

    assert found.changes == (FieldChange("audience", "tags any [A, B]", "tags all [A, B]", "fewer people"),)


@pytest.mark.parametrize(
    "before",
    [
        {"audience": "{tags: {any: [A]}}"},
        {"audience": "{attributes: {all: {city: A}}}"},
        {"audience": "{accounts: [a]}", "endpoint": "timpush/batch", "from_": "x"},
    ],
)
def test_a_push_that_now_goes_to_everyone_is_marked(before: dict[str, str], folder: Project) -> None:
    """One deleted line turns a hundred people into a million."""
    found = _changed(folder, before, {"audience": "{everyone: true}"})

    change = next(change for change in found.changes if change.field == "audience")
    assert change.after == "everyone"
    assert change.note == "now every user of the app"
    assert change.is_risk
    assert found.is_risk


def test_a_new_push_to_everyone_is_marked(folder: Project) -> None:
    """It has no earlier audience to compare, and is as large."""
    found = diff(None, _snapshot(folder.add(audience="{everyone: true}")))

    assert (found.kind, found.is_risk) == (Kind.NEW, True)


@pytest.mark.parametrize(
    ("after", "note"),
    [("[a, b, c]", "1 account more"), ("[a]", "1 account fewer"), ("[a, z]", "other people")],
)
def test_listed_accounts_are_counted(after: str, note: str, folder: Project) -> None:
    """A list that grew by ten thousand must not look like a changed file."""
    rest = {"endpoint": "timpush/batch", "from_": "x"}
    found = _changed(
        folder, {"audience": "{accounts: [a, b]}"} | rest, {"audience": f"{{accounts: {after}}}"} | rest
    )

    assert [change.note for change in found.changes if change.field == "audience"] == [note]


def test_a_window_that_lost_its_end_is_marked(folder: Project) -> None:
    """Without an end a forgotten push may leave weeks later."""
    found = _changed(
        folder,
        {"schedule": '{not_before: "2026-12-01T10:00:00+08:00", not_after: "2026-12-01T12:00:00+08:00"}'},
        {"schedule": '{not_before: "2026-12-01T11:00:00+08:00"}'},
    )

    risks = {change.field: change.is_risk for change in found.changes}
    assert risks == {"not before": False, "not after": True}


def test_variants_that_come_and_go_are_said_with_their_people(folder: Project) -> None:
    """A second variant is a second push."""
    variants = "[{name: one, vars: {x: 1}}, {name: two, vars: {x: 2}, audience: {tags: {any: [B]}}}]"
    found = _changed(folder, {"variants": "[{name: one, vars: {x: 1}}]"}, {"variants": variants})

    assert ("two: content", "", "tags any [B]") in [
        (change.field, change.before, change.after) for change in found.changes
    ]


def test_campaigns_that_come_and_go_are_said(folder: Project) -> None:
    """A file that was deleted would be missed by whoever reads only what is there."""
    old, new = _snapshot(folder.add("old"), "old"), _snapshot(folder.add("new"), "new")

    assert [(it.name, it.kind) for it in diff_all([old], [new])] == [("new", Kind.NEW), ("old", Kind.REMOVED)]


def test_a_plan_compares_with_what_was_sent_last(folder: Project) -> None:
    """Whoever raises a version wants to know what people read last time."""
    state = folder.add(title="Monday").sent(at=FRIDAY - timedelta(days=3))
    campaign = folder.add(title="Tuesday", version="2").campaign(state=state)

    assert campaign.last is not None
    found = diff(campaign.last, snapshot_of(campaign.sending))

    assert campaign.last.key == "sale@1"
    assert [(change.field, change.before, change.after) for change in found.changes] == [
        ("version", "1", "2"),
        ("OfflinePushInfo.Title", "Monday", "Tuesday"),
    ]


def test_a_change_after_sending_is_compared_too(folder: Project) -> None:
    """“Raise version” makes sense only beside what differs."""
    state = folder.add(title="Monday").sent(at=FRIDAY - timedelta(days=3))

    assert folder.add(title="Mondey").campaign(state=state).last is not None


SNAPSHOT = Snapshot("a", 1, "timpush/push", "everyone", {"": {}}, 0, "", 1, None, None)


@given(before=JSON, after=JSON)
def test_bodies_that_differ_never_look_the_same(before: Any, after: Any) -> None:
    """What was shown is what is sent: no difference may fall between two fields."""
    old, new = ({"": {"Body": value, "Text": wire_json(value).decode()}} for value in (before, after))

    found = diff(replace(SNAPSHOT, contents=old), replace(SNAPSHOT, contents=new))

    assert bool(found.changes) == (wire_json(before) != wire_json(after))


@pytest.mark.parametrize(
    ("before", "after"), [('{"a":1}', '{"a": 1}'), ('{"a":1,"a":2}', '{"a":2}'), ("{", "{x"), ("1", "true")]
)
def test_texts_that_differ_by_a_blank_differ(before: str, after: str) -> None:
    """JSON that means the same may still be other bytes."""
    old, new = ({"": {"Ext": text}} for text in (before, after))

    assert diff(replace(SNAPSHOT, contents=old), replace(SNAPSHOT, contents=new)).changes
