"""``pushspec import``: a request from a page, a script or a terminal becomes a campaign that sends the same.

The oracle is the plan: its body is compared key by key with the request, by code of this file alone.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan.test_sample_requests import NOTIFICATIONS, SAMPLES
from tencent.test_messages import OPTIONAL, SMALLEST

from cli.vendor_requests import NO_SENDS, QUERY, REQUESTS
from pushspec.spec.document import read_document
from pushspec.spec.sample_json import SampleError, read_sample
from pushspec.spec.source import find_unseen
from pushspec.spec.yaml_text import yaml_text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Outcome, Project

SIGNATURE = "eJwtzUELgjAYxvHvsnPYO9dcCl3qUEHUIQs6Kpv2oo6xaUTRd0-t4-8HD"
URL = (
    "https://adminapisgp.im.qcloud.com/v4/{}?sdkappid=1400000000&identifier=admin"
    f"&usersig={SIGNATURE}&random=99999999&contenttype=json"
)
BODY = {"From_Account": "administrator", "OfflinePushInfo": {"Title": "Fair", "Desc": "opens"}}


def imported(project: Project, request: str, *arguments: str) -> Outcome:
    """Import a request and return what the command said."""
    return project.write({"old.txt": request}).run("import", "old.txt", *arguments)


def planned(project: Project) -> dict[str, Any]:
    """Return the body of the campaign that was imported, as the sandbox would get it."""
    campaigns = project.plan_json()["campaigns"]
    assert [campaign["name"] for campaign in campaigns] == ["old"]
    body: dict[str, Any] = campaigns[0]["calls"][0]["body"]
    return body


def assert_same(body: dict[str, Any], sample: dict[str, Any]) -> None:
    """Compare two bodies key by key; a call's own number, and its DataId where none was given, may differ."""
    own = {"MsgRandom"} if "DataId" in sample else {"MsgRandom", "DataId"}
    assert {key: body[key] for key in body if key not in own} == {
        key: sample[key] for key in sample if key not in own
    }


@pytest.mark.parametrize(("campaign", "body"), SAMPLES.values(), ids=SAMPLES)
def test_every_sample_request_is_imported(project: Project, campaign: str, body: dict[str, Any]) -> None:
    """Who comes from the vendor's pages brings one of these."""
    endpoint = re.findall(r"endpoint: (\S+)", campaign)[0]
    request = (
        f"POST {URL.format(endpoint)}\n\n{json.dumps({**body, 'MsgRandom': 7}, ensure_ascii=False, indent=2)}"
    )

    imported(project, request).assert_ok()

    assert_same(planned(project), body)


@pytest.mark.parametrize("info", [info for _, info in NOTIFICATIONS.values()], ids=NOTIFICATIONS)
def test_every_sample_notification_is_imported(project: Project, info: dict[str, Any]) -> None:
    """Each block of each phone maker has its place."""
    body = {"MsgRandom": 7, "OfflinePushInfo": info}

    imported(project, json.dumps(body)).assert_ok()

    assert_same(planned(project), body)


def _elements() -> list[dict[str, Any]]:
    found = [{"MsgType": kind, "MsgContent": content} for _, kind, content in SMALLEST.values()]
    for element, _, arrives, _, value in OPTIONAL:
        _, kind, content = SMALLEST[element]
        found.append({"MsgType": kind, "MsgContent": {**content, arrives: value}})
    return found


def test_every_element_of_a_message_is_imported(project: Project) -> None:
    """Pictures, sounds and films have numbers on the wire that people write as words."""
    elements = [it for it in _elements() if it["MsgType"] != "TIMCustomElem"]  # one a message at most
    elements.append({"MsgType": "TIMCustomElem", "MsgContent": {"Data": '{"k":"值"}', "Ext": "x"}})
    body = {"To_Account": ["rong"], "MsgBody": elements}

    imported(project, json.dumps(body)).assert_ok()

    assert_same(planned(project), body)


# Each as the vendor's pages show it once their line breaks are lost; the texts are our own.
SWALLOWED = {
    "before a key": (
        '{"MsgRandom": 7,"OfflinePushInfo": {"PushFlag": 0, // 0 shows it, 1 does not"Title": "Fair"}}'
    ),
    "before a bracket": '{"OfflinePushInfo": {"Title": "Fair","PushFlag": 0 // 0 shows it, 1 does not}}',
    "with quotes in it": (
        '{"Condition": {"TagsOr": ["a"],"TagsNot": ["b"] // ("a" or "c") and not ("b" and "d")},'
        '"OfflinePushInfo": {"PushFlag": 0, // see https://example.com/x"Title": "Fair"}}'
    ),
    "two in a row": (
        '{"OnlineOnlyFlag": 1, // 0: stored, 200 users/second;// 1: not stored"MsgBody": '
        '[{"MsgType": "TIMTextElem", // a text"MsgContent": {"Text": "see // you"}}]}'
    ),
}
MEANT: dict[str, dict[str, Any]] = {
    "before a key": {"OfflinePushInfo": {"PushFlag": 0, "Title": "Fair"}},
    "before a bracket": {"OfflinePushInfo": {"Title": "Fair", "PushFlag": 0}},
    "with quotes in it": {
        "Condition": {"TagsOr": ["a"], "TagsNot": ["b"]},
        "OfflinePushInfo": {"PushFlag": 0, "Title": "Fair"},
    },
    "two in a row": {
        "OnlineOnlyFlag": 1,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "see // you"}}],
    },
}


@pytest.mark.parametrize("name", SWALLOWED)
def test_a_comment_that_lost_its_line_break_swallows_nothing(project: Project, name: str) -> None:
    """Copied from a page, many samples come as one line; a person is told to compare."""
    outcome = imported(project, SWALLOWED[name]).assert_ok()

    assert_same(planned(project), MEANT[name])
    assert "warning[import-comment]" in outcome.err


@pytest.mark.parametrize("name", [name for name, it in REQUESTS.items() if it.body is not None])
def test_a_request_is_imported_as_it_is_copied_from_a_page(project: Project, name: str) -> None:
    """Comments, lost line breaks, a name above it: the plan sends what the request sent."""
    copied = REQUESTS[name]
    assert copied.body is not None

    outcome = imported(project, copied.text, *copied.arguments).assert_ok()

    assert_same(planned(project), copied.body)
    assert ("warning[import-comment]" in outcome.err) is copied.asks_to_compare


@pytest.mark.parametrize("name", [name for name, it in REQUESTS.items() if it.refused])
def test_a_request_of_a_page_that_no_campaign_can_send_names_why(project: Project, name: str) -> None:
    """A campaign that says less would be another push."""
    outcome = imported(project, REQUESTS[name].text)

    assert outcome.code == 1
    assert all(part in outcome.err for part in REQUESTS[name].refused)
    assert not (project.root / "campaigns").exists()


@pytest.mark.parametrize("endpoint", NO_SENDS)
def test_a_request_that_is_no_send_is_named_as_such(project: Project, endpoint: str) -> None:
    """Who brings a whole script of calls hears which of them belong to another command."""
    request = f"https://xxxxxx/v4/{endpoint}?{QUERY}\n{NO_SENDS[endpoint]}"

    outcome = imported(project, request)

    assert outcome.code == 1
    assert f"the request goes to {endpoint}, and no campaign does" in outcome.err
    assert not (project.root / "campaigns").exists()


def test_comments_and_trailing_commas_are_no_news(project: Project) -> None:
    """Where the line breaks are there, a comment ends with its line, and nobody has to look at anything."""
    request = """{
        /* the shop's sender */
        "From_Account": "administrator", // an administrator
        "OfflinePushInfo": {"Title": "https://example.com", "Desc": "opens",},
    }"""

    outcome = imported(project, request).assert_ok()

    assert outcome.err == ""
    assert_same(
        planned(project),
        {
            "From_Account": "administrator",
            "OfflinePushInfo": {"Title": "https://example.com", "Desc": "opens"},
        },
    )


def test_a_field_in_a_comment_is_left_out_and_named(project: Project) -> None:
    """It was switched off by hand, or its line break was lost: only a person knows."""
    request = '{\n"OfflinePushInfo": {"Title": "Fair"},\n// "Condition": {"TagsOr": ["vip"]},\n}'

    outcome = imported(project, request).assert_ok()

    assert (
        'old.txt:3:1: warning[import-comment]: the comment holds "Condition", which is left out'
        in outcome.err
    )


TEXT = "it's “new” \\ { {{ brand }} {% if %} {# x #} }} \n#1: 50% off 👩‍🚀"
JSON = json.dumps({"OfflinePushInfo": {"Title": TEXT}})
PUSH = URL.format("timpush/push")
CURLS = {
    "single quotes": f"curl -X POST {shlex.quote(PUSH)} -H 'Accept: application/json' \\\n"
    f"  -d {shlex.quote(json.dumps({'OfflinePushInfo': {'Title': TEXT}}, ensure_ascii=False))}",
    "double quotes": f'curl "{PUSH}" --data-raw "' + JSON.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "copied from a browser": f"curl '{PUSH}' --data-binary $'"
    + JSON.replace("\\", "\\\\").replace("'", "\\'")
    + "' --compressed",
    "glued": f"curl -d{shlex.quote(JSON)} {shlex.quote(PUSH)}",
}


@pytest.mark.parametrize("curl", CURLS.values(), ids=CURLS)
def test_a_curl_line_is_imported(project: Project, curl: str) -> None:
    """Scripts and browsers hold requests in this form; the text arrives character by character."""
    imported(project, curl).assert_ok()

    assert_same(planned(project), {"OfflinePushInfo": {"Title": TEXT}})


def test_an_address_in_a_text_is_not_where_it_goes(project: Project) -> None:
    """Only the URL above the body, or of the curl line, says that."""
    body = {"OfflinePushInfo": {"Title": "Fair", "Ext": "https://example.com/v4/timpush/batch"}}

    imported(project, f"curl {shlex.quote(PUSH)} -d {shlex.quote(json.dumps(body))}").assert_ok()

    assert_same(planned(project), body)


@pytest.mark.parametrize(
    "request_", [f"POST {URL.format('timpush/push')}\n{{", f"curl {URL.format('timpush/push')}"]
)
def test_a_signature_is_never_shown(project: Project, request_: str) -> None:
    """It lets its finder send for months; an error shows the line that it stands in."""
    wrong = imported(project, request_)
    right = imported(project, f"{URL.format('timpush/push')} {json.dumps(BODY)}").assert_ok()

    assert wrong.code == 1
    shown = wrong.out + wrong.err + right.out + right.err + (project.root / "campaigns/old.yaml").read_text()
    assert SIGNATURE[:12] not in shown


def test_a_signature_is_not_shown_beside_the_fault(project: Project) -> None:
    """The line of the fault is printed, and here it is the line of the signature."""
    for spelling in ("usersig=", "UserSig%3D"):
        outcome = imported(project, f'/* {spelling}{SIGNATURE} */ {{"From_Account": }}')

        assert "old.txt:1:" in outcome.err
        assert SIGNATURE[:12] not in outcome.err


def test_what_no_campaign_can_send_is_named_and_nothing_is_written(project: Project) -> None:
    """All of it in one run, each with its place: a campaign that says less would be another push."""
    request = """{
    "From_Account": "administrator",
    "ForbidCallbackControl": ["ForbidBeforeSendMsgCallback"],
    "OfflinePushInfo": {"PushFlag": 2, "Title": null, "AndroidInfo": {"XiaoMiTemplate": "x"}}
}"""

    outcome = imported(project, request, "--endpoint", "timpush/push")

    assert outcome.code == 1
    for place, field in {
        "3:30": "ForbidCallbackControl has no place in a campaign for timpush/push",
        "4:37": "OfflinePushInfo.PushFlag is none of 0, 1",
        "4:49": "OfflinePushInfo.Title is null",
        "4:89": "OfflinePushInfo.AndroidInfo.XiaoMiTemplate has no place",
    }.items():
        assert f"old.txt:{place}: error[import-field]: {field}" in outcome.err
    assert not (project.root / "campaigns").exists()


def test_every_null_is_one_error_at_its_place(project: Project) -> None:
    """In a list and under a name of the app's own, too; what is inside a refused field is not told twice."""
    request = """{
    "From_Account": null,
    "Condition": {"TagsOr": ["a", null], "AttrsAnd": {"b": null}},
    "Gone": {"x": null},
    "OfflinePushInfo": {"Title": "x", "Desc": "y", "ApnsInfo": null}
}"""

    outcome = imported(project, request, "--endpoint", "timpush/push")

    told = re.findall(r"old.txt:(\S+): error\[import-field\]: (\S+) (is null|has no place)", outcome.err)
    assert told == [
        ("2:21", "From_Account", "is null"),
        ("3:35", "Condition.TagsOr[1]", "is null"),
        ("3:60", "Condition.AttrsAnd.b", "is null"),
        ("4:13", "Gone", "has no place"),
        ("5:64", "OfflinePushInfo.ApnsInfo", "is null"),
    ]
    assert outcome.err.count("hint: take it out of the request to import the rest\n") == 4
    assert outcome.err.endswith("5 errors\n")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"To_Account": ["rong", "rong"], "MsgBody": []}, "import-field"),
        ({"OfflinePushInfo": {"Title": 5}}, "title"),
        ({"Condition": {}, "OfflinePushInfo": {"Title": "x"}}, "audience"),
        (
            {"Condition": {"TagsOr": ["a"], "AttrsOr": {"b": "c"}}, "OfflinePushInfo": {"Title": "x"}},
            "tags and att",
        ),
        ({"OfflinePushInfo": {"Title": "x", "Desc": "hid\u200bden"}}, "invisible"),
    ],
)
def test_a_body_that_breaks_a_rule_is_not_imported(project: Project, body: dict[str, Any], says: str) -> None:
    """An empty condition, a list that names somebody twice: what would be sent is not what was sent."""
    if body.get("MsgBody") == []:
        body["MsgBody"] = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]

    outcome = imported(project, json.dumps(body, ensure_ascii=False))

    assert outcome.code == 1
    assert says in outcome.err
    assert not (project.root / "campaigns").exists()


@pytest.mark.parametrize(
    ("request_", "arguments", "code", "says"),
    [
        (json.dumps({"MsgBody": []}), (), 2, "--endpoint one of timpush/push, all_member_push/im_push"),
        (json.dumps(BODY), ("--endpoint", "timpush/psh"), 2, "did you mean 'timpush/push'"),
        (
            f"{URL.format('timpush/push')} {json.dumps(BODY)}",
            ("--endpoint", "timpush/batch"),
            2,
            "the URL goes to",
        ),
        (
            f"{URL.format('openim/sendmsg')} {{}}",
            (),
            1,
            "error[import-endpoint]: the request goes to openim/sendmsg",
        ),
        ('{"a": 1', (), 1, "old.txt:1:8: error[import-syntax]: a comma or } is missing: the text ends here"),
        ('{"a": 1, "a": 2}', (), 1, 'old.txt:1:10: error[import-syntax]: the key "a" comes twice'),
        ("{" * 100, (), 1, "import-syntax"),
        ('{"a":' * 100 + "1" + "}" * 100, (), 1, "nests deeper than 32 levels"),
        (
            f"{json.dumps(BODY)}\n{json.dumps(BODY)}",
            (),
            1,
            "old.txt:2:1: error[import-syntax]: a second body",
        ),
        ("hello", (), 1, "there is no JSON body"),
        ("curl https://example.com -d @body.json", (), 1, "import that file"),
        ("curl https://example.com -d '{", (), 1, "quote that does not end"),
        ('{"OfflinePushInfo": {"Title": 1e999}}', (), 1, "too large for a number"),
        (json.dumps(BODY), ("--name", "No Name"), 2, "cannot be a campaign's name"),
    ],
)
def test_what_cannot_be_told_is_asked_for(
    project: Project, request_: str, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """No guess is made about where a push goes."""
    outcome = imported(project, request_, *arguments)

    assert outcome.code == code
    assert says in outcome.err
    assert not (project.root / "campaigns").exists()


def test_a_file_that_exists_is_kept(project: Project, tmp_path: Path) -> None:
    """Also one that is a link to nowhere, through which another file would come into being."""
    project.write({"mine.yaml": "mine"})
    (project.root / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")

    outcomes = [imported(project, json.dumps(BODY), "--out", name) for name in ("mine.yaml", "link.yaml")]

    assert [outcome.code for outcome in outcomes] == [2, 2]
    assert (project.root / "mine.yaml").read_text() == "mine"
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_name_that_is_taken_is_not_taken_twice(project: Project) -> None:
    """The lockfile knows campaigns by their names."""
    imported(project, json.dumps(BODY)).assert_ok()

    outcome = imported(project, json.dumps(BODY), "--out", "campaigns/two/old.yaml")

    assert outcome.code == 2
    assert "campaigns/old.yaml has the name old already" in outcome.err


def test_stdin_becomes_stdout(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a look before anything is written."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(BODY).encode())))

    outcome = project.run("import", "-", "--name", "look", "--out", "-").assert_ok()

    assert "name: look\n" in outcome.out
    assert not (project.root / "campaigns").exists()


def test_the_campaign_reads_like_one_that_a_person_wrote(project: Project) -> None:
    """It is reviewed before it is sent."""
    body = {"From_Account": "shop", "OfflinePushInfo": {"Title": "Fair #1", "Ext": '{"page":"/fair"}'}}

    outcome = imported(project, json.dumps(body)).assert_ok()

    assert outcome.out == "wrote campaigns/old.yaml: timpush/push to everyone\n\nNext: pushspec plan old\n"
    assert (project.root / "campaigns/old.yaml").read_text() == (
        "apiVersion: pushspec/v1\nkind: Campaign\nname: old\nversion: 1\nendpoint: timpush/push\nfrom: shop\n"
        'audience: {everyone: true}\nnotification: {title: "Fair #1", ext: {page: /fair}}\n'
    )


_TEXTS = st.text().filter(
    lambda text: (
        not find_unseen(text, joiners=False) and not re.search(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]", text)
    )
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(_TEXTS, below, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(_TEXTS, _VALUES, min_size=1, max_size=4))
def test_what_is_written_as_yaml_reads_back_the_same(value: dict[str, Any]) -> None:
    """Quotes, colons, hashes and words that YAML takes for something else are only texts."""
    document, problems = read_document(yaml_text(value).encode(), "x.yaml")

    assert [problem for problem in problems if problem.is_error] == []
    assert document is not None
    assert document.value == value


@given(value=st.dictionaries(st.text(), _VALUES, max_size=4))
def test_plain_json_is_read_as_json(value: dict[str, Any]) -> None:
    """Comments are an addition: what the standard library reads is read the same."""
    assert read_sample(json.dumps(value), 0).value == value


@given(text=st.text(alphabet='{}[]",:/* \n1ab\\', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """And with a place."""
    try:
        place = read_sample("{" + text, 0).end
    except SampleError as error:
        place = error.offset or 0

    assert 0 <= place <= len(text) + 1
