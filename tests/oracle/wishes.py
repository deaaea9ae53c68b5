"""The reference's eyes for campaigns: who is to get which text, read from the files alone."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from oracle.history import from_yaml
from oracle.hours import Hour, by_hour, faults_of_zones, zone_of
from oracle.lists import Listing, faults_of, read_list
from oracle.not_yet import is_drawn
from oracle.stages import faults_of_stages, point_of, share_of, staged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oracle.history import Tree

_NAME = re.compile(r"\{\{ *([a-z_]+(?:\.[a-z_]+)?) *\}\}")


@dataclass
class Text:
    """One text and who gets it.

    Attributes:
        variant: The variant's name; empty without variants.
        path: The endpoint.
        body: The request's JSON without accounts and without what pushspec adds.
        accounts: Who is listed; None for everyone, tags and attributes.
        stage: The number of its stage, from 0.
        hour: When its people may get it, where they have an hour of their own.
        zones: In which zone each of them is.
    """

    variant: str
    path: str
    body: dict[str, Any]
    accounts: list[str] | None = None
    stage: int = 0
    hour: Hour | None = None
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The text itself, whoever gets it."""
        return json.dumps([self.path, self.body], sort_keys=True, ensure_ascii=False)


@dataclass
class Wish:
    """One campaign, as its file and the files that it uses say it.

    Attributes:
        name: Its name.
        version: Its version.
        texts: What it sends, in order.
        opens: Not before.
        closes: Not after.
        lifted: Policies that it lifts.
        spec: Its file.
        faults: Why it may not be sent.
        doubts: Why somebody may refuse it.
        hits: How many people of all its audiences each exclude list names.
        misses: How many entries of each name nobody, and look like one who still gets it.
        holdout: Who is left out of every list, as the project file says it.
        whole: Of a list that shares cut: everybody on it.
    """

    name: str
    version: int
    texts: list[Text]
    opens: datetime | None
    closes: datetime | None
    lifted: frozenset[str]
    spec: Mapping[str, Any]
    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    holdout: Mapping[str, str] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, int]:
        """What names it for ever."""
        return self.name, self.version

    @property
    def core(self) -> str:
        """Who gets what when, in one text."""
        texts = [[text.variant, text.identity, text.accounts, str(text.hour)] for text in self.texts]
        when = [*(str(moment) for moment in (self.opens, self.closes)), self.spec.get("rollout")]
        return json.dumps([self.name, self.version, texts, when], ensure_ascii=False)

    @property
    def is_local(self) -> bool:
        """Whether each person has an hour of their own."""
        return "local" in self.spec.get("schedule", {})

    @property
    def has_idle_exclude(self) -> bool:
        """Whether an exclude list leaves nobody out, or fewer than it seems to have meant."""
        return any(hits == 0 or self.misses[path] > hits for path, hits in self.hits.items())

    @property
    def people(self) -> int:
        """How many listed people it names."""
        return sum(len(text.accounts or ()) for text in self.texts)


def read_wishes(tree: Tree, project: Mapping[str, Any], environment: str) -> list[Wish]:
    """Return the campaigns of an environment by name."""
    specs = [from_yaml(tree[path]) for path in sorted(tree) if is_campaign(path)]
    here = [spec for spec in specs if environment in spec.get("environments", [environment])]
    wishes = [_wish(tree, project, environment, spec) for spec in here]
    for wish in wishes:
        if sum(spec["name"] == wish.name for spec in specs) > 1:
            wish.faults.append(f"the name {wish.name} is taken twice")
        unknown = set(wish.spec.get("environments", ())) - set(project["environments"])
        wish.faults += [f"there is no environment {name}" for name in sorted(unknown)]
    return sorted(wishes, key=lambda wish: wish.name)


def is_campaign(path: str) -> bool:
    """Whether a file is a campaign."""
    return path.startswith("campaigns/") and path.endswith(".yaml")


def _wish(tree: Tree, project: Mapping[str, Any], environment: str, spec: Mapping[str, Any]) -> Wish:
    schedule = spec.get("schedule", {})
    wish = Wish(
        name=spec["name"],
        version=spec["version"],
        texts=[],
        opens=_moment(schedule.get("not_before")),
        closes=_moment(schedule.get("not_after")),
        lifted=frozenset(one["policy"] for one in spec.get("exceptions", ())),
        spec=spec,
        holdout=project.get("holdout", {}),
    )
    if wish.opens and wish.closes and wish.opens >= wish.closes:
        wish.faults.append("it closes before it opens")
    near = [
        project.get("vars", {}),
        project["environments"][environment].get("vars", {}),
        spec.get("vars", {}),
    ]
    for variant in spec.get("variants", [{}]):
        values: dict[str, Any] = {"environment": environment}
        for source in (*near, variant.get("vars", {})):
            values |= source
        values |= {"campaign": {"name": wish.name, "version": wish.version}, "environment": environment}
        wish.texts += _texts(tree, spec, variant, values, wish)
    sizes = [
        sum(len(text.accounts or ()) for text in wish.texts if text.stage == number)
        for number in range(len(spec.get("rollout", ())))
    ]
    wish.faults += faults_of_stages(spec, sizes)
    wish.faults += ["a name in a text is not known" for text in wish.texts if "{{" in text.identity]
    return wish


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _texts(
    tree: Tree, spec: Mapping[str, Any], variant: Mapping[str, Any], values: Mapping[str, Any], wish: Wish
) -> Iterator[Text]:
    audience = variant.get("audience", spec.get("audience"))
    name, path = variant.get("name", ""), spec["endpoint"]
    if audience is None or sum(key in audience for key in _SOURCES) != 1:
        wish.faults.append("nobody is named, or twice")
    elif "accounts" in audience or "file" in audience:
        is_own = "audience" in variant and not is_drawn("variant-exclude")
        campaigns = () if is_own else spec.get("audience", {}).get("exclude", ())
        lists = [(name, audience.get("column")) for name in audience.get("exclude", ())]
        lists += [(name, spec["audience"].get("column")) for name in campaigns]
        listing = _cut(_listed(tree, audience, lists, wish), spec, variant, wish)
        for row in _grouped(listing, audience.get("personalize", ())):
            columns, accounts = row
            body = _body(spec, variant, {**values, "user": columns}, audience)
            if "local" in spec.get("schedule", {}):
                yield from _hourly(Text(name, path, body, accounts), spec, dict(listing.rows), wish)
            else:
                yield from (Text(name, path, body, people, stage) for stage, people in staged(spec, accounts))
    else:
        wish.faults += ["nobody knows whose hour"] if "local" in spec.get("schedule", {}) else []
        yield Text(name, path, _body(spec, variant, values, audience))


def _hourly(
    text: Text, spec: Mapping[str, Any], rows: Mapping[str, Mapping[str, str]], wish: Wish
) -> Iterator[Text]:
    """Yield a text once for each hour at which some of its people get it."""
    zones = {account: zone_of(spec["schedule"], rows[account]) for account in text.accounts or ()}
    wish.faults += faults_of_zones(spec, zones.values())
    for hour, people in by_hour(spec["schedule"], zones):
        yield replace(text, accounts=people, hour=hour, zones={one: zones[one] for one in people})


_SOURCES = ("everyone", "tags", "attributes", "accounts", "file")


def _listed(
    tree: Tree, audience: Mapping[str, Any], exclude: list[tuple[str, str | None]], wish: Wish
) -> Listing:
    """Return the rows that are left when the excluded are gone and nobody is named twice."""
    column, named = audience.get("column"), wish.spec.get("schedule", {}).get("timezone_column")
    zones = [] if named is None or named in audience.get("personalize", ()) else [named]
    if "file" in audience:
        listing = read_list(tree, audience["file"], column, audience.get("personalize", ()), zones)
    else:
        wish.faults += ["accounts in the campaign have no columns" for _ in zones]
        listing = Listing([(account, {}) for account in audience["accounts"]])
        listing.faults += [fault for account, _ in listing.rows for fault in faults_of(account)]
    everybody, out = listing.accounts, set[str]()
    for pattern, excluded_by in dict.fromkeys(exclude):
        excluded = read_list(tree, pattern, excluded_by)
        out |= excluded.accounts
        listing.faults += excluded.faults
        listing.doubts += excluded.doubts
        wish.hits[pattern] = wish.hits.get(pattern, 0) + len(everybody & excluded.accounts)
    first = dict(reversed(listing.rows))
    rows = {account: values for account, values in first.items() if account not in out}
    if any(first[account] != values for account, values in listing.rows):
        listing.doubts.append("a person has two values")
    left = [account for account in dict.fromkeys(one for one, _ in listing.rows) if account in rows]
    looks = {_look(account) for account in left}
    for pattern, excluded_by in dict.fromkeys(exclude):
        missed = read_list(tree, pattern, excluded_by).accounts - everybody
        wish.misses[pattern] = wish.misses.get(pattern, 0) + sum(_look(entry) in looks for entry in missed)
    if not left:
        wish.faults.append("nobody is left")
    wish.faults += listing.faults
    wish.doubts += listing.doubts
    return Listing([(account, rows[account]) for account in left])


def _look(account: str) -> str:
    """Return an account as a spreadsheet or a hurried person may have written it: no zeros, small, narrow."""
    return unicodedata.normalize("NFKC", account).lower().lstrip("0")


def _cut(listing: Listing, spec: Mapping[str, Any], variant: Mapping[str, Any], wish: Wish) -> Listing:
    """Return the rows that are not held out and fall into the variant's share."""
    rows = listing.rows
    if wish.holdout:
        share = share_of(wish.holdout["share"])
        rows = [row for row in rows if point_of("holdout:" + wish.holdout["salt"], row[0]) >= share]
    if "share" in variant:
        shares = [share_of(one["share"]) for one in spec["variants"]]
        number = [one["name"] for one in spec["variants"]].index(variant["name"])
        begins, ends = sum(shares[:number]), sum(shares[: number + 1])
        if sum(shares) > 1:
            wish.faults.append("the shares are more than all")
        wish.whole = [account for account, _ in rows]
        rows = [row for row in rows if begins <= point_of(spec.get("salt", spec["name"]), row[0]) < ends]
    if not rows:
        wish.faults.append("nobody is left of the share")
    return Listing(rows)


def _grouped(listing: Listing, columns: list[str]) -> Iterator[tuple[dict[str, str], list[str]]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for account, values in listing.rows:
        groups.setdefault(tuple(values.get(name, "") for name in columns), []).append(account)
    for found, accounts in groups.items():
        yield dict(zip(columns, found, strict=True)), accounts


def _body(
    spec: Mapping[str, Any],
    variant: Mapping[str, Any],
    values: Mapping[str, Any],
    audience: Mapping[str, Any],
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if "from" in spec:
        body["From_Account"] = spec["from"]
    condition = _condition(audience)
    if condition:
        body["Condition"] = condition
    if "history" in spec.get("delivery", {}):
        body["OnlineOnlyFlag"] = 0 if spec["delivery"]["history"] else 1
    message = variant.get("message", spec.get("message"))
    if message is not None:
        body["MsgBody"] = [
            {"MsgType": "TIMTextElem", "MsgContent": {"Text": fill(item["text"], values)}} for item in message
        ]
    notification = variant.get("notification", spec.get("notification"))
    if notification is not None:
        body["OfflinePushInfo"] = dict(_notification(notification, values))
    return body


def _condition(audience: Mapping[str, Any]) -> dict[str, Any]:
    tags, attributes = audience.get("tags", {}), audience.get("attributes", {})
    names = {"any": "TagsOr", "all": "TagsAnd", "not": "TagsNot"}
    condition = {names[key]: listed for key, listed in tags.items()}
    return condition | {
        {"any": "AttrsOr", "all": "AttrsAnd"}[key]: pairs for key, pairs in attributes.items()
    }


def _notification(notification: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, field_name in (("title", "Title"), ("desc", "Desc")):
        if key in notification:
            yield field_name, fill(notification[key], values)
    if "ext" in notification:
        page = {key: fill(text, values) for key, text in notification["ext"].items()}
        yield "Ext", json.dumps(page, ensure_ascii=False, separators=(",", ":"))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Fill the names in a text; a name that nobody gave stays as it is and is nobody's text."""

    def value(match: re.Match[str]) -> str:
        found: Any = values
        for name in match[1].split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return match[0] if found is None else str(found)

    return _NAME.sub(value, text)
