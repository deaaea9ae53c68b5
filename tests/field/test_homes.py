"""A key in the wrong place, or in the service's own word, is answered with the place that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from vendor_names import ENVELOPE, all_wire_names
from workbench import CAMPAIGN

from pushspec.spec.homes import campaign_home
from pushspec.tencent.delivery import Delivery, carriers

if TYPE_CHECKING:
    from workbench import Project

OF_ANSWERS = {"ActionStatus", "ErrorInfo", "ErrorList"}


@pytest.mark.parametrize("word", sorted((all_wire_names() | ENVELOPE) - OF_ANSWERS))
def test_every_word_of_a_request_is_answered_at_the_top(word: str) -> None:
    """Whoever comes from the vendor's pages writes these first."""
    assert campaign_home((), word, {})


@pytest.mark.parametrize("key", Delivery.model_fields)
@pytest.mark.parametrize("form", ["{0}", "{1}", "{2}", "{3}"], ids=["theirs", "lower", "upper", "dashes"])
def test_what_belongs_to_delivery_is_answered_so_in_any_case(project: Project, key: str, form: str) -> None:
    """The service's word, ours in capitals, and the forms of other languages' libraries."""
    carried = carriers(key)[0]
    theirs = carried.word or carried.name
    word = form.format(theirs, theirs.lower(), key.upper(), key.replace("_", "-").title())
    project.write({"campaigns/hello.yaml": f"{CAMPAIGN}{word}: 1\n"})

    said = project.run("validate").out

    assert f"error[unknown-key]: the file has no key '{word}'" in said
    assert f"hint: did you mean delivery.{key}?" in said


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Classification: 1", "did you mean delivery.marketing?"),
        ("MsgRandom: 1", "leave it out: pushspec gives each call its own"),
        ("OfflinePushInfo: {}", "did you mean 'notification'?"),
        ("msg_body: []", "did you mean 'message'?"),
        ("From_Account: a", "did you mean 'from'?"),
        ("ToAccount: [a]", "did you mean audience.accounts?"),
        ("tags_or: [a]", "did you mean audience.tags.any?"),
        ("oppoChannelId: x", "did you mean notification.android.oppo.channel_id?"),
        ("MultiLanguageContent: []", "did you mean notification.languages?"),
        ("Title: Hi", "did you mean notification.title?"),
        ("NotBefore: x", "did you mean schedule.not_before?"),
        ("delivery: {Classification: 1}", "did you mean 'marketing'?"),
        ("delivery: {TagsNot: [a]}", "did you mean audience.tags.not?"),
        ("delivery: {Owner: me}", "write it at the top of the file: owner"),
        ("schedule: {DataId: x}", "did you mean delivery.data_id?"),
        ("variants: [{name: a, Desc: x}]", "did you mean notification.desc?"),
    ],
)
def test_so_it_is_in_the_wrong_section(project: Project, text: str, hint: str) -> None:
    """A list of all keys would hide the one that is meant."""
    project.write({"campaigns/hello.yaml": f"{CAMPAIGN}{text}\n"})

    assert re.search(
        rf"error\[unknown-key\].*\n.*\n.*\n  hint: {re.escape(hint)}\n", project.run("validate").out
    )


@pytest.mark.parametrize(
    ("notification", "hint"),
    [
        ("{Title: Hi}", "did you mean 'title'?"),
        ("{title: Hi, Classification: 1}", "did you mean delivery.marketing?"),
        ("{title: Hi, classification: 1}", "did you mean notification.android.vivo.classification?"),
        ("{title: Hi, languages: {en: {Desc: x}}}", "did you mean 'desc'?"),
        ("{title: Hi, android: {ApnsInfo: {}}}", "did you mean notification.apns?"),
        ("{title: Hi, HuaWeiCategory: x}", "did you mean notification.android.huawei.category?"),
        ("{title: Hi, android: {channel_id: x}}", "did you mean one of these: notification.android.xiaomi."),
        ("{title: Hi, pace: 1}", "known: "),
    ],
)
def test_so_it_is_inside_the_notification(project: Project, notification: str, hint: str) -> None:
    """It is read in a second step, after its templates; the file is the same."""
    text = CAMPAIGN[: CAMPAIGN.index("notification:")]
    project.write({"campaigns/hello.yaml": f"{text}notification: {notification}\n"})

    assert f"  hint: {hint}" in project.run("validate").out


@pytest.mark.parametrize("element", ["{MsgType: TIMTextElem}", "{MsgContent: {}}"])
def test_an_element_is_not_written_by_its_type(project: Project, element: str) -> None:
    """The kind is the key."""
    project.write({"campaigns/hello.yaml": f"{CAMPAIGN}message: [{element}]\n"})

    assert "hint: write each element under its kind, such as {text: Hello}" in project.run("validate").out


@pytest.mark.parametrize("key", ["SDKAppID", "sdkappid", "sdk-app-id"])
def test_a_project_answers_in_any_case_too(project: Project, key: str) -> None:
    """The console writes SDKAppID."""
    project.write({"pushspec.yaml": f"{project.text}{key}: 1400000000\n"})

    assert "write it below a name: environments.NAME.sdk_app_id" in project.run("validate").out
