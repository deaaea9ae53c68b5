"""The service's names stay in ``tencent/`` and ``sandbox/``, and the sandbox checks all that we write."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.kit import Caller, batch, batchsendmsg, im_push, push, webbatch, webpush
from vendor_names import BLOCKS, ENVELOPE, PEOPLE_READ, all_wire_names, models, names_in_source, wire_names

import pushspec
from pushspec.sandbox.app import create_app
from pushspec.sandbox.checks import sends
from pushspec.sandbox.settings import SandboxSettings
from pushspec.tencent import messages, offline_push, web_push
from pushspec.tencent.conditions import AttributeCondition, TagCondition
from pushspec.tencent.delivery import Delivery, carriers

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pushspec.__file__).parent
AT_HOME = ("tencent", "sandbox")
PLAIN_WORDS = frozenset(
    {"Data", "Desc", "Event", "Ext", "Image", "Index", "Language", "Latitude", "Longitude", "Second", "Size"}
    | {"Sound", "Text", "Title", "Type", "URL", "UUID", "Url", "Width", "Height", "Category"}
)
"""Names of the service that are words of any text as well: looked for only as keys in quotes."""
BODIES = {
    "timpush/push": push,
    "all_member_push/im_push": im_push,
    "timpush/batch": batch,
    "openim/batchsendmsg": batchsendmsg,
    "timpush/webpush": webpush,
    "timpush/webbatch": webbatch,
}


def test_the_services_names_stand_in_two_folders() -> None:
    """A field that is renamed at the service is renamed in one place, and readers learn one vocabulary."""
    names = (all_wire_names() | ENVELOPE | names_in_source(PACKAGE / "tencent")) - PEOPLE_READ
    free = re.compile(rf"\b(?:{'|'.join(sorted(names - PLAIN_WORDS))})s?\b")
    quoted = re.compile(rf"""["'](?:{"|".join(sorted(PLAIN_WORDS))})["']""")
    found = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in AT_HOME
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if free.search(line) or quoted.search(line)
    ]

    assert found == []


def test_the_names_of_what_comes_back_are_looked_for_too() -> None:
    """Answers, callbacks and statistics have no model to collect them from."""
    names = names_in_source(PACKAGE / "tencent")

    assert {"MsgKey", "MsgId", "ActionStatus", "CallbackCommand", "EventTime"} <= names
    assert not names & {"Url", "Title", "TIM", "POST"}


def _in_notification() -> Iterator[tuple[str, Any]]:
    """Yield each field of the notification with a body in which it holds what it never may."""
    activity = {"LaId": "x", "Event": "update", "ContentState": {}}
    for name in sorted(wire_names(offline_push.Notification) | BLOCKS):
        yield name, {name: True}
    for block in (offline_push.Badge, offline_push.Template):
        yield from ((name, {name: True}) for name in sorted(wire_names(block)))
    for name in sorted(wire_names(offline_push.LanguageText)):
        yield name, {"MultiLanguageContent": [{"Language": "en", name: True}]}
    for model in models(offline_push.Android):
        yield from ((name, {"AndroidInfo": {name: True}}) for name in sorted(wire_names(model)))
    yield from ((name, {"ApnsInfo": {name: True}}) for name in sorted(wire_names(offline_push.Apns)))
    for name in sorted(wire_names(offline_push.LiveActivity)):
        yield name, {"ApnsInfo": {"LiveActivity": {**activity, name: True}}}
    yield from ((name, {"HarmonyInfo": {name: True}}) for name in sorted(wire_names(offline_push.Harmony)))


ELEMENTS: dict[type[messages.ElementContent], dict[str, Any]] = {
    messages.LocationContent: {},
    messages.FaceContent: {},
    messages.CustomContent: {},
    messages.SoundContent: {"Url": "u", "UUID": "u", "Download_Flag": 2},
    messages.ImageContent: {"UUID": "u", "ImageInfoArray": []},
    messages.FileContent: {"Url": "u", "UUID": "u", "Download_Flag": 2},
    messages.VideoContent: {
        **dict.fromkeys(("VideoUrl", "VideoUUID", "ThumbUrl", "ThumbUUID"), "u"),
        "VideoDownloadFlag": 2,
        "ThumbDownloadFlag": 2,
        "ThumbWidth": 1,
        "ThumbHeight": 1,
    },
}
IMAGE = {"Type": 1, "URL": "u", "Width": 1, "Height": 1}


def _in_message() -> Iterator[tuple[str, Any]]:
    for model, right in ELEMENTS.items():
        within = models(model) if model is messages.VideoContent else [model]
        for name in sorted(set().union(*map(wire_names, within))):
            yield name, [{"MsgType": model.msg_type, "MsgContent": {**right, name: True}}]
    for name in sorted(wire_names(messages.ImageVariant)):
        content = {"UUID": "u", "ImageInfoArray": [{**IMAGE, name: True}]}
        yield name, [{"MsgType": "TIMImageElem", "MsgContent": content}]


def _everywhere() -> Iterator[tuple[str, str, Any]]:
    """Yield endpoint, field and a body in which that field alone is wrong."""
    for name, info in _in_notification():
        yield "timpush/push", name, push(OfflinePushInfo=info)
    for name, elements in _in_message():
        yield "openim/batchsendmsg", name, batchsendmsg(MsgBody=elements)
    for name in sorted(wire_names(web_push.Web)):
        yield "timpush/webpush", name, webpush(WebInfo={name: True})
    for model, beside in ((TagCondition, {"TagsOr": ["a"]}), (AttributeCondition, {})):
        for name in sorted(wire_names(model)):
            yield "timpush/push", name, push(Condition={**beside, name: True})
    for key in Delivery.model_fields:
        for carried in carriers(key):
            for endpoint in carried.by:
                yield endpoint, carried.name, BODIES[endpoint](**{carried.name: True})


@pytest.fixture(scope="module")
def service() -> Iterator[Caller]:
    """One sandbox for all: what it refuses leaves no trace."""
    settings = SandboxSettings(database=":memory:")
    app = create_app(settings)
    yield Caller(app, settings)
    app.close()


@pytest.mark.parametrize(
    ("endpoint", "name", "body"),
    [pytest.param(*case, id=f"{number}-{case[1]}") for number, case in enumerate(_everywhere())],
)
def test_the_sandbox_checks_every_field_that_we_write(
    service: Caller, endpoint: str, name: str, body: dict[str, Any]
) -> None:
    """A field without a check is a rehearsal that proves nothing; no field of the service is a boolean."""
    answer = service.call(endpoint, body)

    assert answer["ErrorCode"] != 0
    assert name in answer["ErrorInfo"]
    assert "unknown" not in answer["ErrorInfo"]


def test_every_element_is_looked_at() -> None:
    """A new element without a line above would go unchecked."""
    written = {model for model in models(messages.Element) if issubclass(model, messages.ElementContent)}

    assert written == set(ELEMENTS)


FIXED = frozenset({"Download_Flag", "VideoDownloadFlag", "ThumbDownloadFlag", "Text", "Language", "Message"})
"""Fields with one value or one place, which our models fill in without a field of their own."""


def _checked() -> set[str]:
    """Return the keys of the tables in which the sandbox keeps its checks."""
    names = {name for path in BODIES for name in sends.KNOWN_FIELDS[path]}
    for module in ("offline_push", "messages"):
        tree = ast.parse((PACKAGE / f"sandbox/checks/{module}.py").read_text(encoding="utf-8"))
        keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
        names |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return {name for name in names if not name.startswith("TIM")}


def test_we_write_every_field_that_the_sandbox_checks() -> None:
    """A field of the vendor's list that no model has is one that nobody can use."""
    assert _checked() - all_wire_names() - ENVELOPE - FIXED == set()
