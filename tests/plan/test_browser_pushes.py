"""Pushes to browsers: planned, previewed, sent once, and counted like pushes to phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: {name}\nversion: 1\n"
WEB = "web: {title: The catalogue, desc: is online, url: 'https://example.com/'}\n"
PUSH = HEAD.format(name="news") + "endpoint: timpush/webpush\naudience: {tags: {any: [readers]}}\n" + WEB
BATCH = (
    HEAD.format(name="invoice")
    + "endpoint: timpush/webbatch\nfrom: administrator\naudience: {accounts: [user1, user2]}\n"
    + WEB.replace("The catalogue", "Your invoice")
)
PROD = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: prod
environments:
  prod: {sdk_app_id: 1400123456, region: china, secret_key: {env: TIM_SECRET_KEY}}
"""


def test_they_are_sent_once(project: Project) -> None:
    """The service takes the bodies, and a second plan has nothing to send."""
    project.write({"campaigns/news.yaml": PUSH, "campaigns/invoice.yaml": BATCH})
    project.run("plan", "-o", "plan.json").assert_ok()

    assert "2 calls sent" in project.run("apply", "plan.json").assert_ok().out
    assert "Plan: 0 to send, 2 sent" in project.run("plan").assert_ok().out


def test_a_preview_shows_the_browser_and_the_open_page(project: Project) -> None:
    """No phone shows it, so none is drawn."""
    project.write({"campaigns/news.yaml": PUSH + "message: {title: In the page}\n"})

    assert project.run("preview", "news").assert_ok().out == (
        "news@1\n  Browser\n    │ The catalogue\n    │ is online\n"
        '  in open pages: {"title":"In the page"}\n\n'
    )


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_message_alone_reaches_open_pages_only(project: Project, form: str) -> None:
    """Whoever has closed the page sees nothing, and reviewers should know."""
    project.write({"campaigns/news.yaml": PUSH.replace(WEB, "message: {title: In the page}\n")})

    shown = (
        project.run("preview", "news") if form == "text" else project.run("plan", "--format", form, "news")
    )

    assert "n open pages" in shown.assert_ok().out
    assert form != "text" or "browsers without an open page show nothing" in shown.out


def test_they_spend_the_pushes_of_the_day(project: Project) -> None:
    """No page says that the two are counted apart."""
    project.write({"campaigns/news.yaml": PUSH})

    assert project.plan_json()["quota"]["planned"] == 1


def test_the_same_words_to_phones_and_browsers_are_noticed(project: Project) -> None:
    """People with both read them twice."""
    phones = (
        HEAD.format(name="again")
        + "endpoint: timpush/push\naudience: {tags: {any: [readers]}}\n"
        + "notification: {title: The catalogue, desc: is online}\n"
    )
    project.write({"campaigns/news.yaml": PUSH, "campaigns/again.yaml": phones})

    again, news = project.plan_json()["campaigns"]

    assert "same-text" in {policy["policy"] for policy in (*again["policies"], *news["policies"])}


def test_a_forbidden_word_is_found_in_what_browsers_show(project: Project) -> None:
    """In the notification, and in the message that a page gets."""
    policy = "policy: {forbidden_words: [catalogue]}\n"
    page = BATCH.replace(WEB.replace("The catalogue", "Your invoice"), "message: {Title: catalogue}\n")
    project.write({"pushspec.yaml": PROD.replace("china", "singapore") + policy})
    project.write({"campaigns/news.yaml": PUSH, "campaigns/invoice.yaml": page})

    campaigns = project.plan_json("--offline")["campaigns"]

    assert [campaign["state"] for campaign in campaigns] == ["blocked", "blocked"]


def test_an_app_in_china_is_warned(project: Project) -> None:
    """The vendor's pages list no host there."""
    project.write({"pushspec.yaml": PROD, "campaigns/news.yaml": PUSH})

    outcome = project.run("validate")

    assert "campaigns/news.yaml:5:11: warning[endpoint-region]: timpush/webpush is not listed" in outcome.out
    assert "for the region china" in outcome.out
    assert "hint: see https://trtc.io/zh/document/80440; ask the vendor before you rely on it" in outcome.out
    project.write({"pushspec.yaml": PROD.replace("china", "tokyo")})
    assert "endpoint-region" not in project.run("validate").out
