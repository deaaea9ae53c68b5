"""``pushspec people``: only differences are written, and nothing is taken that nobody declared.

The oracle asks the sandbox itself, through its REST interface.
"""

from __future__ import annotations

import json
import signal
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pushspec.api.people import apply_people
from pushspec.api.project import load_project
from pushspec.errors import RefusedError

if TYPE_CHECKING:
    from cli.kit import PushService, Received, ServedProject
    from pushspec.api.people import Surroundings
    from pushspec.reconcile.people import PeoplePlan
    from pushspec.sandbox.remote import RemoteSandbox

HEAD = "apiVersion: pushspec/v1\nkind: People\n"
PART = f"{HEAD}attribute_names: [city]\nprune: true\npeople: {{p2: {{tags: [vip]}}}}\n"
CRM = f"{HEAD}attribute_names: [会员等级, city]\nfile: people/crm.csv\n"


@pytest.fixture
def served(
    project: ServedProject, push_service: PushService, pushspec_sandbox: RemoteSandbox
) -> ServedProject:
    """A project whose requests are noted on their way to a sandbox, with three people without tags."""
    for account in ("p1", "p2", "p3"):
        pushspec_sandbox.call("im_open_login_svc/account_import", {"UserID": account})
    push_service.answer = lambda it: pushspec_sandbox.call(it.path.removeprefix("/v4/"), it.body)
    return project


def has(sandbox: RemoteSandbox, account: str) -> tuple[list[str], dict[str, str]]:
    """Return the tags and attributes that an account has at the service."""
    tags = sandbox.call("timpush/get_tag", {"To_Account": [account]})["UserTags"][0]["Tags"]
    attributes = sandbox.call("timpush/get_attr", {"To_Account": [account]})["UserAttrs"][0]["Attrs"]
    return sorted(tags), attributes


def give(sandbox: RemoteSandbox, account: str, tags: list[str], attributes: dict[str, str]) -> None:
    """Give an account tags and attributes behind our back."""
    sandbox.call("timpush/add_tag", {"UserTags": [{"To_Account": account, "Tags": tags}]})
    sandbox.call("timpush/set_attr", {"UserAttrs": [{"To_Account": account, "Attrs": attributes}]})


def planned(project: ServedProject, *, code: int = 0) -> dict[str, Any]:
    """Return the plan as JSON."""
    outcome = project.run("people", "plan", "--format", "json")
    assert outcome.code == code, outcome.err
    plan: dict[str, Any] = json.loads(outcome.out)
    return plan


def applied(project: ServedProject, *, code: int = 0) -> str:
    """Confirm the plan of now and return what was said."""
    outcome = project.run("people", "apply", "--confirm", planned(project)["digest"])
    assert outcome.code == code, outcome.out + outcome.err
    return outcome.out


def bodies(service: PushService, name: str) -> list[dict[str, Any]]:
    """Return the bodies of all requests of one kind, such as ``add_tag``."""
    return [it.body for it in service.received if it.path == f"/v4/timpush/{name}"]


def writes(service: PushService) -> list[str]:
    """Return the paths of all requests that change people."""
    return [it.path for it in service.received if "/get_" not in it.path]


def test_what_is_declared_is_written_and_a_second_plan_is_empty(
    served: ServedProject, pushspec_sandbox: RemoteSandbox
) -> None:
    """Attribute names, attributes and tags, from the file and from csv."""
    people = f"{HEAD}attribute_names: [tier]\npeople:\n  p3: {{tags: [x], attributes: {{tier: '1'}}}}\n"
    served.write(
        {
            "people/crm.yaml": CRM,
            "people/crm.csv": "user_id,tags,city\np1,vip|股票A,深圳\np2,,北京\n",
            "people/more.yaml": people,
        }
    )

    said = applied(served)

    assert said.endswith("Written: 1 attribute name defined, 3 attributes set, 3 tags added.\n")
    assert has(pushspec_sandbox, "p1") == (["vip", "股票A"], {"city": "深圳"})
    assert has(pushspec_sandbox, "p2") == ([], {"city": "北京"})
    assert has(pushspec_sandbox, "p3") == (["x"], {"tier": "1"})
    again = planned(served)
    assert (again["changes"], again["names"], again["unchanged"]) == ([], {}, 3)
    assert "Nothing to write." in served.run("people", "apply").assert_ok().out


def test_only_differences_are_written(served: ServedProject, push_service: PushService) -> None:
    """Whoever has all that is declared is in no call that writes."""
    served.write({"people/crm.yaml": CRM, "people/crm.csv": "user_id,tags,city\np1,a|b,深圳\np2,a,北京\n"})
    applied(served)
    served.write({"people/crm.csv": "user_id,tags,city\np1,a|b|c,深圳\np2,a,北京\n"})

    change = planned(served)["changes"]
    applied(served)

    assert [(it["account"], it["add_tags"], it["set_attributes"]) for it in change] == [("p1", ["c"], {})]
    assert bodies(push_service, "add_tag")[-1] == {"UserTags": [{"To_Account": "p1", "Tags": ["c"]}]}
    assert len(bodies(push_service, "set_attr")) == 1


@pytest.mark.parametrize("prune", [True, False])
def test_only_prune_takes_something_away_and_only_what_the_file_is_about(
    served: ServedProject, pushspec_sandbox: RemoteSandbox, *, prune: bool
) -> None:
    """An empty cell takes only with prune, a missing column never, and nobody else loses anything."""
    names = {"AttrNames": {"0": "city", "1": "会员等级", "2": "theirs"}}
    pushspec_sandbox.call("timpush/set_attr_name", names)
    before = {"city": "深圳", "会员等级": "gold", "theirs": "x"}
    for account in ("p1", "p2", "p3"):
        give(pushspec_sandbox, account, ["old", "vip"], before)
    served.write(
        {
            "people/crm.yaml": CRM + f"prune: {json.dumps(prune)}\n",
            "people/crm.csv": "user_id,tags,city\np1,vip,\n",
            "people/part.yaml": PART,
        }
    )

    applied(served)

    assert has(pushspec_sandbox, "p2") == (["vip"], before)
    assert has(pushspec_sandbox, "p3") == (["old", "vip"], before)
    left = {name: value for name, value in before.items() if name != "city"}
    assert has(pushspec_sandbox, "p1") == ((["vip"], left) if prune else (["old", "vip"], before))


def test_a_set_of_tags_is_never_replaced(
    served: ServedProject, push_service: PushService, pushspec_sandbox: RemoteSandbox
) -> None:
    """Whatever was added meanwhile would be gone."""
    give(pushspec_sandbox, "p1", ["theirs"], {})
    tags = ", ".join(f"t{number}" for number in range(25))
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [{tags}]}}}}\n"})

    applied(served)

    added = bodies(push_service, "add_tag")
    assert [len(body["UserTags"][0]["Tags"]) for body in added] == [10, 10, 5]
    assert all(list(body) == ["UserTags"] for body in added)
    assert len(has(pushspec_sandbox, "p1")[0]) == 26


def test_who_is_not_known_is_counted_and_not_written(
    served: ServedProject, push_service: PushService
) -> None:
    """A misspelt account gets no tags, and the others get theirs."""
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [vip]}}, nobody: {{tags: [vip]}}}}\n"})

    plan = planned(served)
    text = served.run("people", "plan").assert_ok().out
    applied(served)

    assert plan["unknown"] == [{"account": "nobody", "code": 70107}]
    assert "? 1 person unknown, the service answers 70107: nobody" in text
    assert bodies(push_service, "add_tag") == [{"UserTags": [{"To_Account": "p1", "Tags": ["vip"]}]}]


def test_more_removals_than_allowed_are_refused_before_anything_is_written(
    served: ServedProject, push_service: PushService, pushspec_sandbox: RemoteSandbox
) -> None:
    """The cap counts the whole plan: tags and attributes of all people."""
    text = (served.root / "pushspec.yaml").read_text()
    served.write({"pushspec.yaml": text + "policy: {max_removals: 3}\n"})
    for account in ("p1", "p2"):
        give(pushspec_sandbox, account, ["a", "b"], {})
    people = "prune: true\npeople: {p1: {tags: []}, p2: {tags: []}, p3: {tags: [new]}}\n"
    served.write({"people/a.yaml": HEAD + people})

    plan = planned(served, code=6)
    outcome = served.run("people", "apply", "--confirm", plan["digest"])

    assert plan["removals"] == 4
    assert (outcome.code, "max_removals allows 3" in outcome.err) == (6, True)
    assert writes(push_service) == []
    served.write({"pushspec.yaml": text + "policy: {max_removals: 4}\n"})
    applied(served)
    assert has(pushspec_sandbox, "p1")[0] == []


def test_more_removals_than_allowed_are_not_offered_to_be_confirmed(
    served: ServedProject, pushspec_sandbox: RemoteSandbox
) -> None:
    """The digest would be refused, so no line asks for it."""
    served.write(
        {"pushspec.yaml": (served.root / "pushspec.yaml").read_text() + "policy: {max_removals: 0}\n"}
    )
    give(pushspec_sandbox, "p1", ["a"], {})
    served.write({"people/a.yaml": f"{HEAD}prune: true\npeople: {{p1: {{tags: []}}}}\n"})

    outcome = served.run("people", "apply")

    assert (outcome.code, "max_removals allows 0" in outcome.err) == (6, True)
    assert "--confirm" not in outcome.out + outcome.err


def test_more_removals_are_refused_also_where_nobody_looked_first(served: ServedProject) -> None:
    """Whatever calls it, nothing of such a plan is written."""
    plan = cast("PeoplePlan", SimpleNamespace(removals=101))

    with pytest.raises(RefusedError, match="max_removals allows 100"):
        apply_people(load_project(served.root), plan, cast("Surroundings", None), by="ada")


def test_the_plan_says_in_words_what_each_person_gets_and_loses(
    served: ServedProject, pushspec_sandbox: RemoteSandbox
) -> None:
    """A tag may hold any sign, so a sign alone would not tell a tag from an attribute."""
    pushspec_sandbox.call("timpush/set_attr_name", {"AttrNames": {"0": "city", "1": "会员等级"}})
    give(pushspec_sandbox, "p1", ["old"], {"city": "深圳", "会员等级": "gold"})
    served.write(
        {
            "people/crm.yaml": f"{CRM}prune: true\n",
            "people/crm.csv": "user_id,tags,city,会员等级\np1,vip|beta,,silver\n",
        }
    )

    said = served.run("people", "plan").assert_ok().out

    assert "  ~ p1  + tags: vip, beta · 会员等级 = silver · - tags: old · - attributes: city\n" in said


def test_another_plan_than_the_confirmed_one_is_refused(
    served: ServedProject, push_service: PushService, pushspec_sandbox: RemoteSandbox
) -> None:
    """Somebody changed tags after the plan was looked at."""
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [a, b]}}}}\n"})
    digest = planned(served)["digest"]
    give(pushspec_sandbox, "p1", ["a"], {})
    confirmed: list[tuple[str, ...]] = [
        (),
        ("--confirm", digest),
        ("--confirm", planned(served)["digest"][:12]),
    ]

    outcomes = [served.run("people", "apply", *arguments) for arguments in confirmed]

    assert [outcome.code for outcome in outcomes] == [2, 6, 6]
    assert "run: pushspec people apply -e test --confirm " in outcomes[0].err
    assert writes(push_service) == []


def test_a_frozen_environment_gets_no_writes(served: ServedProject, pushspec_sandbox: RemoteSandbox) -> None:
    """Whoever stops everything means this, too."""
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [a]}}}}\n"})
    served.run("freeze", "incident", "--by", "lin").assert_ok()

    outcome = served.run("people", "apply", "--confirm", planned(served)["digest"])

    assert (outcome.code, "is frozen: incident" in outcome.err) == (6, True)
    assert has(pushspec_sandbox, "p1")[0] == []


def test_an_apply_that_was_cut_short_goes_on_where_it_stopped(
    served: ServedProject, push_service: PushService, pushspec_sandbox: RemoteSandbox
) -> None:
    """What was written is not written again, and the rest is."""
    whole = push_service.answer
    names = f"{HEAD}attribute_names: [city]\npeople: {{p1: {{tags: [a]}}, p2: {{attributes: {{city: x}}}}}}\n"
    served.write({"people/a.yaml": names})
    push_service.answer = lambda it: 502 if it.path.endswith("add_tag") else whole(it)

    first = applied(served, code=7)
    push_service.answer = whole
    left = planned(served)["changes"]
    applied(served)

    assert "Written: 1 attribute set." in first
    assert [it["account"] for it in left] == ["p1"]
    assert len(bodies(push_service, "set_attr")) == 1
    assert has(pushspec_sandbox, "p1") == (["a"], {})
    assert planned(served)["changes"] == []


def test_an_interrupted_apply_leaves_its_summary(project: ServedProject, push_service: PushService) -> None:
    """What the service took before Ctrl-C is on record, and whom nobody knows about."""
    project.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [vip]}}}}\n"})
    asked, over = threading.Event(), threading.Event()

    def answer(request: Received) -> dict[str, Any] | int:
        if request.path.endswith("add_tag"):
            asked.set()
            over.wait(30)
        return {"UserTags": [{"To_Account": "p1", "Tags": []}]}

    push_service.answer = answer
    running = project.start("people", "apply", "--confirm", planned(project)["digest"])
    assert asked.wait(30)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    over.set()

    record = project.lockfile()[-1]
    assert running.returncode == 130
    assert (record["record"], record["tags_added"], record["unanswered"]) == ("people", 0, 1)


def test_the_lockfile_gets_a_summary_without_accounts(served: ServedProject) -> None:
    """What was done to people is on record, and not to whom."""
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [a]}}, nobody: {{tags: [a]}}}}\n"})
    applied(served)

    record = served.lockfile()[-1]

    assert record["record"] == "people"
    assert (record["tags_added"], record["changed"], record["unknown"]) == (1, 1, 1)
    assert "p1" not in json.dumps(record)
    assert "1 tag added" in served.run("log").assert_ok().out
    assert served.run("status").code == 0


def test_no_lockfile_no_writes(served: ServedProject, pushspec_sandbox: RemoteSandbox) -> None:
    """Nothing is done that cannot be put on record."""
    served.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [a]}}}}\n"})
    digest = planned(served)["digest"]
    (served.root / "pushspec.test.lock").unlink()

    outcome = served.run("people", "apply", "--confirm", digest)

    assert outcome.code == 8
    assert has(pushspec_sandbox, "p1")[0] == []


def test_many_people_are_asked_for_by_the_hundred(served: ServedProject, push_service: PushService) -> None:
    """The service takes no more in one call."""
    rows = "".join(f"crowd-{number},a\n" for number in range(250))
    served.write({"people/a.yaml": f"{HEAD}file: people/a.csv\n", "people/a.csv": f"user_id,tags\n{rows}"})

    planned(served)

    asked = [body["To_Account"] for body in bodies(push_service, "get_tag")]
    assert sorted(map(len, asked)) == [50, 100, 100]
    assert len({account for accounts in asked for account in accounts}) == 250


def test_check_names_the_accounts_that_the_service_does_not_know(served: ServedProject) -> None:
    """Before a send, while the list can still be corrected."""
    campaign = (
        "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nendpoint: timpush/batch\nfrom: p1\n"
        "audience: {accounts: [p1, nobody, p2]}\nnotification: {title: Fair, desc: opens}\n"
    )
    served.write({"campaigns/sale.yaml": campaign})

    text = served.run("people", "check", "sale")
    told = json.loads(served.run("people", "check", "sale", "--format", "json").out)

    assert text.code == 1
    assert text.out == "sale: the service knows 2 people\n  it does not know 1 person: nobody\n"
    assert (told["known"], told["unknown"], told["not_told"]) == (2, ["nobody"], [])


def test_check_names_nobody_of_a_pinned_list(served: ServedProject) -> None:
    """Its people stand in no file of git, and so in no log of a runner."""
    campaign = (
        "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nendpoint: timpush/batch\nfrom: p1\n"
        "audience: {use: gold}\nnotification: {title: Fair, desc: opens}\n"
    )
    gold = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: members.txt\n"
    members = "p1\np2\np3\nstranger\n"
    served.write({"audiences/gold.yaml": gold, "members.txt": members, "campaigns/sale.yaml": campaign})
    served.run("audience", "pull").assert_ok()

    text = served.run("people", "check", "sale")
    told = served.run("people", "check", "sale", "--format", "json")

    assert text.out == "sale: the service knows 3 people\n  it does not know 1 person\n"
    assert json.loads(told.out)["unknown_count"] == 1
    assert "stranger" not in text.err + told.out + told.err


# A service that answers otherwise than its pages say.


def answering(tags: Any, **writes: Any) -> Any:
    """Return a service that tells this for tags."""

    def answer(request: Received) -> dict[str, Any] | int:
        name = request.path.rsplit("/", 1)[-1]
        told: dict[str, Any] | int = tags if name == "get_tag" else writes.get(name, {})
        return told

    return answer


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"UserTags": []},
        {"UserTags": None},
        {"UserTags": [{"To_Account": "p1"}]},
        {"UserTags": [{"To_Account": "p1", "Tags": None}]},
        {"UserTags": [{"To_Account": "somebody else", "Tags": []}]},
    ],
)
def test_who_is_missing_in_an_answer_is_unknown_and_loses_nothing(
    project: ServedProject, push_service: PushService, told: dict[str, Any]
) -> None:
    """An answer that was cut short once took every membership."""
    project.write({"people/a.yaml": f"{HEAD}prune: true\npeople: {{p1: {{tags: [vip]}}}}\n"})
    push_service.answer = answering(told)

    plan = planned(project)

    assert (plan["changes"], plan["unknown"]) == ([], [{"account": "p1", "code": None}])


@pytest.mark.parametrize(
    "told",
    [
        {"UserTags": [{"To_Account": "p1", "Tags": "vip"}]},
        {"UserTags": [{"To_Account": "p1", "Tags": [1]}]},
        {"UserTags": {"p1": ["vip"]}},
        {"UserTags": [{"To_Account": "p1", "Tags": []}, {"To_Account": "p1", "Tags": ["a"]}]},
        502,
    ],
)
def test_an_answer_of_another_shape_is_none(
    project: ServedProject, push_service: PushService, told: dict[str, Any] | int
) -> None:
    """Nothing is planned on it."""
    project.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [vip]}}}}\n"})
    push_service.answer = answering(told)

    outcome = project.run("people", "plan")

    assert outcome.code == 8
    assert outcome.out == ""


def test_a_slot_whose_name_is_not_told_is_not_taken(
    project: ServedProject, push_service: PushService
) -> None:
    """It would be renamed, and every campaign by that attribute would reach others."""
    project.write({"people/a.yaml": f"{HEAD}attribute_names: [city]\n"})
    push_service.answer = answering({})

    assert project.run("people", "plan").code == 8


def test_a_write_without_an_answer_stops_and_says_for_whom(
    project: ServedProject, push_service: PushService
) -> None:
    """Running it again settles it: the plan shows what is left."""
    project.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [vip]}}}}\n"})
    push_service.answer = answering({"UserTags": [{"To_Account": "p1", "Tags": []}]}, add_tag=502)

    said = applied(project, code=8)

    assert "No answer for 1 person: they may have been written or not." in said
    assert (project.lockfile()[-1]["record"], project.lockfile()[-1]["unanswered"]) == ("people", 1)


def test_a_person_who_is_refused_is_named_and_the_rest_goes_on(
    project: ServedProject, push_service: PushService
) -> None:
    """A tag of RegistrationIDs, for example."""
    project.write({"people/a.yaml": f"{HEAD}people: {{p1: {{tags: [vip]}}, p2: {{tags: [vip]}}}}\n"})
    told: dict[str, Any] = {"UserTags": [{"To_Account": name, "Tags": []} for name in ("p1", "p2")]}
    refused = {"ErrorList": [{"To_Account": "p2", "ErrorCode": 90035}]}
    push_service.answer = answering(told, add_tag=refused)

    said = applied(project, code=7)

    assert "Written: 1 tag added.\nRefused with 90035: 1 person: p2\n" in said
    assert project.lockfile()[-1]["refused"] == {"90035": 1}


CSV = {"a.yaml": f"{HEAD}attribute_names: [city]\nfile: people/a.csv\n"}
ONE = f"{HEAD}people: {{p1: {{tags: [a]}}}}\n"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.yaml": "kind: Peple\n"}, "a.yaml:1:7: error["),
        ({"a.yaml": f"{HEAD}people: {{p1: {{tag: [a]}}}}\n"}, "a.yaml:3:15: error[unknown-key]"),
        ({"a.yaml": f"{HEAD}tags: [a]\n"}, "hint: write it below a name: people.NAME.tags"),
        ({"a.yaml": f"{HEAD}people: {{p1: {{attributes: {{ctiy: x}}}}}}\n"}, "3:10: error[people-attribute]"),
        ({"a.yaml": f"{HEAD}people: {{'': {{tags: [a]}}}}\n"}, "a.yaml:3:10: error["),
        ({"a.yaml": f"{HEAD}people: {{'a,b': {{tags: [a]}}}}\n"}, "a.yaml:3:10: error[people-account]"),
        ({"a.yaml": f"{HEAD}people: {{p1: {{tags: [{'长' * 17}]}}}}\n"}, "error[people-limit]"),
        ({"a.yaml": f"{HEAD}attribute_names: [{'长' * 17}]\n"}, "a.yaml:3:19: error[people-limit]"),
        ({"a.yaml": f"{HEAD}attribute_names: {json.dumps([*'abcdefghijk'])}\n"}, "at most 10 attributes"),
        ({"a.yaml": f"{HEAD}file: people/none.csv\n"}, "a.yaml:3:7: error[people-file]"),
        (CSV | {"a.csv": "user,tags\nx,y\n"}, "a.csv:1: error[people-column]"),
        (CSV | {"a.csv": "user_id,ctiy\nx,y\n"}, "hint: did you mean 'city'?"),
        (CSV | {"a.csv": "user_id,city,city\nx,y,z\n"}, "a.csv:1: error[people-column]"),
        (CSV | {"a.csv": "user_id,tags\nx\n"}, "a.csv:2: error[audience-format]"),
        (CSV | {"a.csv": "user_id,tags\nx,a\nx,b\n"}, "a.csv:3: error[people-twice]"),
        (CSV | {"a.csv": f"user_id,city\nx,{'长' * 17}\n"}, "a.csv:2: error[people-limit]"),
        ({"a.yaml": ONE, "b.yaml": ONE}, "b.yaml:3:10: error[people-twice]"),
    ],
)
def test_wrong_people_files_are_named_with_their_place_and_nobody_is_asked(
    project: ServedProject, push_service: PushService, files: dict[str, str], says: str
) -> None:
    """In plan and in validate."""
    project.write({f"people/{name}": text for name, text in files.items()})

    plan, validated = project.run("people", "plan"), project.run("validate")

    assert (plan.code, validated.code) == (1, 1)
    assert says in plan.err
    assert says in validated.out
    assert push_service.received == []


def test_a_project_without_people_says_where_they_go(project: ServedProject) -> None:
    """Not that nothing is to be done."""
    outcome = project.run("people", "plan")

    assert (outcome.code, outcome.err) == (
        2,
        "error: the project has no people\nhint: declare them in people/NAME.yaml\n",
    )
