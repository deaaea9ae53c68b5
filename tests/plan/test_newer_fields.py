"""What the vendor added in 2026: marketing caps, kept pushes, names for calls and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\n"
PUSH = HEAD + "endpoint: timpush/push\naudience: {everyone: true}\nnotification: {title: T, desc: D}\n"
BATCH = (
    HEAD + "endpoint: timpush/batch\nfrom: administrator\naudience: {accounts: [bonnie]}\n"
    "notification: {title: T, desc: D}\n"
)


def body(project: Project, text: str) -> dict[str, Any]:
    """Return the body of a campaign's only call."""
    project.write({"campaigns/sale.yaml": text})
    (campaign,) = project.plan_json()["campaigns"]
    (call,) = campaign["calls"]
    found: dict[str, Any] = call["body"]
    return found


@pytest.mark.parametrize("text", [PUSH, BATCH], ids=["push", "batch"])
@pytest.mark.parametrize(
    ("delivery", "field", "value"),
    [
        ("marketing: true", "Classification", 1),
        ("marketing: false", "Classification", 0),
        ("lifetime: 1d", "OfflineStorageTime", 86_400),
    ],
)
def test_a_delivery_key_becomes_the_services_field(
    project: Project, text: str, delivery: str, field: str, value: int
) -> None:
    """Under the name of the vendor's page of 2026-05-29."""
    assert body(project, f"{text}delivery: {{{delivery}}}\n")[field] == value


def test_a_task_gets_its_name(project: Project) -> None:
    """People look for it in the console's list."""
    assert body(project, BATCH + "delivery: {task_name: spring}\n")["TaskName"] == "spring"


def test_a_call_gets_the_authors_data_id(project: Project) -> None:
    """Callbacks lead back to the order that the push is about."""
    text = BATCH + 'vars: {order: 7}\ndelivery: {data_id: "order:{{ order }}"}\n'

    assert body(project, text)["DataId"] == "order:7"


def test_each_call_can_have_its_own_data_id(project: Project) -> None:
    """A column tells the calls apart."""
    text = BATCH.replace("{accounts: [bonnie]}", "{file: who.csv, column: user_id, personalize: [order]}")
    project.write(
        {
            "who.csv": "user_id,order\nbonnie,1\nrong,2\n",
            "campaigns/sale.yaml": text + 'delivery: {data_id: "order:{{ user.order }}"}\n',
        }
    )

    (campaign,) = project.plan_json()["campaigns"]

    assert [call["body"]["DataId"] for call in campaign["calls"]] == ["order:1", "order:2"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (BATCH + f"delivery: {{data_id: {'x' * 65}}}\n", "data-id-bytes"),
        (BATCH + 'delivery: {data_id: " "}\n', "data-id-bytes"),
        (BATCH + f"delivery: {{task_name: {'中' * 7}}}\n", "task-name-bytes"),
        (PUSH + "delivery: {data_id: x}\n", "delivery-not-carried"),
        (PUSH + "delivery: {lifetime: 8d}\n", "lifetime-range"),
    ],
)
def test_what_the_service_would_refuse_is_an_error(project: Project, text: str, rule: str) -> None:
    """It is cheap here and costs a failed call there."""
    project.write({"campaigns/sale.yaml": text})

    outcome = project.run("validate")

    assert outcome.code == 1
    assert f"error[{rule}]" in outcome.out


def test_two_calls_of_one_data_id_are_an_error(project: Project) -> None:
    """A callback would prove that one of them was sent, and nobody could tell which."""
    other = BATCH.replace("name: sale", "name: other")
    project.write(
        {
            "campaigns/sale.yaml": BATCH + "delivery: {data_id: same}\n",
            "campaigns/other.yaml": other + "delivery: {data_id: same}\n",
        }
    )

    outcome = project.run("validate")

    assert outcome.code == 1
    assert "error[data-id-shared]" in outcome.out


@pytest.mark.parametrize("key", ["data_id", "marketing", "lifetime", "task_name"])
def test_a_key_at_the_top_is_answered_with_its_place(project: Project, key: str) -> None:
    """The vendor has these beside the notification, and so people write them there."""
    project.write({"campaigns/sale.yaml": BATCH + f"{key}: 1\n"})

    assert f"did you mean delivery.{key}" in project.run("validate").out


WINDOW = 'schedule: {not_before: "2030-01-01T10:00:00Z", not_after: "2030-01-01T12:00:00Z"}\n'


@pytest.mark.parametrize(("lifetime", "is_warned"), [("3h", True), ("2h", False)])
def test_a_push_that_is_kept_past_its_window_is_a_warning(
    project: Project, lifetime: str, is_warned: bool
) -> None:
    """A phone that comes online late shows it after the sale."""
    project.write({"campaigns/sale.yaml": PUSH + WINDOW + f"delivery: {{lifetime: {lifetime}}}\n"})

    assert ("lifetime-past-window" in project.run("validate").out) is is_warned


def test_the_plan_says_how_late_a_kept_push_may_arrive(project: Project) -> None:
    """Nobody would look for it in the body."""
    project.write({"campaigns/sale.yaml": PUSH + "delivery: {lifetime: 1d}\n"})

    assert "everyone · kept 24 hours for phones that are offline" in project.run("plan").out
    for view in ("text", "markdown"):
        shown = " ".join(project.run("plan", "--bodies", "--format", view).out.split())
        assert "the service keeps it for 24 hours: a phone that was offline may show it that late" in shown


@pytest.mark.parametrize(("out", "is_told"), [("[b, c]", True), ("[b]", False)])
def test_a_plan_names_the_people_of_whom_two_pages_say_different_things(
    project: Project, out: str, is_told: bool
) -> None:
    """With one tag both readings are the same; with two somebody has to know."""
    tags = f"{{tags: {{any: [a], not: {out}}}}}"
    project.write({"campaigns/sale.yaml": PUSH.replace("{everyone: true}", tags)})

    outcome = project.run("plan")

    assert ("people with some of b, c but not all of them" in outcome.out + outcome.err) is is_told
