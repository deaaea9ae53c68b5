"""The page in Chinese: what it says is all Chinese, what others say stays, and so does English."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.background import running
from pushspec.sandbox.faults import Fault, FaultKind
from pushspec.sandbox.settings import SandboxSettings
from sandbox.browser import Browser
from sandbox.kit import batch, batchsendmsg, push

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.sandbox.remote import RemoteSandbox

PAGE = files("pushspec.sandbox.page")
SCRIPTS = ("api.js", "calls.js", "chat.js", "controls.js", "dom.js", "main.js", "phones.js")
SPOKEN = ("aria-label", "title", "placeholder")
READY = (
    "return document.querySelector('#live').dataset.state === 'live'"
    " && document.querySelectorAll('.device').length && document.querySelectorAll('.call').length"
)
# What people and the service say: texts of pushes, names, codes with their meaning, reasons, JSON.
OF_OTHERS = "[dir=auto], pre, code, kbd, bdi, .call .meta, .remark, .detail > p, .lost, .app, .avatar"
# The same in every language: names of phones, of the service, of options; ids.
SAME = re.compile(
    r"https?://\S+|--[\w-]+|[\w*]+/[\w/]+|pushspec(?:-[\w-]+)?|\w+_\w+|"
    r"\b\w\w(?:-Hans)? · SDK|"
    r"\b(?:iPhone|Xiaomi|Huawei|Google|Meizu|OPPO|vivo|Honor|HarmonyOS|Browser|Find X8|Pixel 9|"
    r"administrator|batch|fault|JSON|URL|OK|acme|sale|rong)\b"
)
SAID = f"""
const others = {OF_OTHERS!r};
const said = [document.title];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {{
  const {{ data, parentElement }} = walker.currentNode;
  if (!parentElement.closest(others)) said.push(data);
}}
for (const name of {list(SPOKEN)!r})
  for (const each of document.body.querySelectorAll(`[${{name}}]`))
    if (!each.closest(others)) said.push(each.getAttribute(name));
return said.map((each) => each.trim()).filter(Boolean);
"""


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    driver = shutil.which("chromedriver")
    assert driver is not None
    with Browser(driver) as found:
        yield found


@pytest.fixture
def english(opened: Browser) -> Browser:
    """The browser of someone who reads English."""
    opened.prefer("en-GB")
    return opened


@pytest.fixture(scope="module")
def played() -> Iterator[RemoteSandbox]:
    """A sandbox in which something of everything has happened."""
    with running(SandboxSettings(database=":memory:", project="acme", campaigns=_campaigns)) as sandbox:
        sandbox.lose("mei", "no_token")
        sandbox.call("timpush/batch", batch())
        sandbox.call("timpush/batch", {})
        task = sandbox.call("timpush/push", push(OfflinePushInfo={"Title": "x" * 60, "Desc": "d"}))["TaskId"]
        sandbox.call("timpush/revoke", {"TaskId": task, "OfflinePushInfo": {"Title": "Sorry", "Desc": "d"}})
        sandbox.call("openim/batchsendmsg", batchsendmsg(To_Account=["rong"]))
        at = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
        content = {"OfflinePushInfo": {"Title": "Sale", "Desc": "d"}}
        body = {"Sdkappid": 1_400_000_000, "Type": "All", "SchedAt": at, "Content": content}
        sandbox.call("timpush/add_sched_task", body)
        sandbox.play(Fault(kind=FaultKind.SLOW, endpoint="timpush/webpush", delay_s=1, calls=(7,)))
        yield sandbox


def _campaigns() -> list[dict[str, str]]:
    row = {
        "title": "Sale",
        "reason": "waits",
        "reason_zh": "等待",
        "endpoint": "timpush/push",
        "calls": "2 calls",
    }
    return [{**row, "key": "sale@1", "state": "send"}, {**row, "key": "sale@2", "state": "in doubt"}]


def said(browser: Browser, sandbox: RemoteSandbox, query: str = "", place: str = "account/rong") -> list[str]:
    """Return all that the page says by itself, hidden views and labels included, with all opened."""
    browser.open("about:blank", width=1440, height=900)
    browser.open(f"{sandbox.base_url}/{query}#/{place}", width=1440, height=900)
    browser.until(READY)
    browser.until(
        "return document.querySelectorAll('#pushes li').length > 1 && document.querySelector('.fault')"
    )
    browser.run("for (const each of document.querySelectorAll('.call, .card')) each.click()")
    found: list[str] = browser.run(SAID)
    assert browser.complaints() == []
    return found


def test_the_page_speaks_chinese(english: Browser, played: RemoteSandbox) -> None:
    """Asked for in the address: no English is left but names of the service and what people wrote."""
    for place in ("account/rong", "group/oppo"):
        texts = said(english, played, "?lang=zh", place)
        assert [text for text in texts if re.search("[A-Za-z]{2,}", SAME.sub("", text))] == []
    assert english.run("return document.documentElement.lang") == "zh-CN"


@pytest.mark.parametrize("query", ["", "?lang=en", "?lang=fr"])
def test_english_is_as_it_was(english: Browser, played: RemoteSandbox, query: str) -> None:
    """The default, and for other languages, too."""
    texts = said(english, played, query)

    assert not [text for text in texts if re.search("[\u4e00-\u9fff]", text)]
    assert {
        "Quotas and rates",
        "Find an account",
        "Open app",
        "Tap it",
        "Start over",
        "Calls",
        "Campaigns",
        "in doubt",
        "to send",
    } <= set(texts)
    pushes = english.run("return document.querySelector('#pushes').textContent")
    assert re.search(r"1 account\d+ reached\d+ lost0 opened", pushes)
    assert "task 1 · everyone · due" in pushes
    assert "replaced by “Sorry” where the maker can" in pushes
    assert english.run("return document.documentElement.lang") == "en"


def test_the_browsers_language_decides(opened: Browser, played: RemoteSandbox) -> None:
    """Without a word in the address, which wins."""
    opened.prefer("zh-CN")

    assert "配额和频率" in said(opened, played)
    texts = said(opened, played, "?lang=en")
    assert "Quotas and rates" in texts
    assert not [text for text in texts if re.search("[\u4e00-\u9fff]", text)]


def test_what_others_say_stays(english: Browser, played: RemoteSandbox) -> None:
    """A push that is called like a button of the page keeps its name."""
    played.call("timpush/batch", batch(MsgRandom=9, OfflinePushInfo={"Title": "Start over", "Desc": "sent"}))

    said(english, played, "?lang=zh")

    titles = english.run(
        "return [...document.querySelectorAll('.card .title')].map((each) => each.textContent)"
    )
    assert "Start over" in titles


def test_a_refusal_is_said_in_chinese(english: Browser, played: RemoteSandbox) -> None:
    """The service's own words are English; opened, the call shows its whole answer."""
    refused = (
        "return [...document.querySelectorAll('.call')].filter((each) => each.querySelector('.code.bad'))"
        ".map((each) => each.querySelector('.meta').textContent.split(' ms · ').pop())"
    )
    for query, letters in (("?lang=en", "[A-Za-z ]{9}"), ("?lang=zh", "[\u4e00-\u9fff]{4}")):
        said(english, played, query)
        reasons = english.run(refused)
        assert reasons
        assert all(re.search(letters, reason) for reason in reasons), reasons


def test_a_fault_is_said_in_words(english: Browser, played: RemoteSandbox) -> None:
    """The names of its kinds are for files; in the list of calls people read what happened."""
    played.play(Fault(kind=FaultKind.SLOW, endpoint="timpush/batch", delay_s=0.01, calls=(1,)))
    played.call("timpush/batch", batch(MsgRandom=77))
    shown = {}
    for query in ("?lang=en", "?lang=zh"):
        english.open("about:blank", width=1440, height=900)
        english.open(f"{played.base_url}/{query}#/account/rong", width=1440, height=900)
        english.until(READY)
        shown[query] = english.until("return document.querySelector('.call .remark')?.textContent")

    assert shown == {"?lang=en": "fault on demand: slow answer", "?lang=zh": "按需故障：应答缓慢"}


@pytest.mark.parametrize("query", ["?lang=en", "?lang=zh"])
def test_the_clock_is_whole_on_a_phone(english: Browser, played: RemoteSandbox, query: str) -> None:
    """Quotas, windows and recalls follow it: cut, it tells nothing."""
    english.open("about:blank", width=390, height=844)
    english.open(f"{played.base_url}/{query}#/account/rong", width=390, height=844)
    english.until(READY)

    english.run("document.querySelector('#project').textContent = 'acme-push-of-the-growth-team'")
    clock = "const clock = document.querySelector('#clock-fact'); "
    assert english.run(
        clock + "return clock.scrollWidth <= clock.clientWidth && clock.textContent.length > 8"
    )
    assert english.run("return document.documentElement.scrollWidth <= innerWidth")


def test_a_phone_says_where_the_campaigns_are(english: Browser, played: RemoteSandbox) -> None:
    """They stand beside the calls; a bar with nothing marked tells nobody where they are."""
    english.open("about:blank", width=390, height=844)
    english.open(f"{played.base_url}/?lang=en#/account/rong", width=390, height=844)
    english.until(READY)
    english.press("3")
    english.click("#tab-campaigns")

    assert english.run("return document.querySelector('.bottom [aria-current]')?.textContent") == "Calls"


def test_every_text_has_its_chinese() -> None:
    """Those that no test brings about, too, with the same names in braces, and no entry is left over."""
    table = dict(_PAIR.findall((PAGE / "words.js").read_text("utf-8")))

    assert _texts() == set(table)
    assert not {text for text in table if _names_in(text) != _names_in(table[text])}


_PAIR = re.compile(r'^  "(.+?)": "(.+)",$', re.MULTILINE)
_SAID = re.compile(r'\b(?:t|pieces)\("(.*?)"[,)]')
_COUNTED = re.compile(r'"(\{n\} [^"]+)", "(\{n\} [^"]+)"')
_TALLY = re.compile(r'tally\([\w.]+, "([^"]*)"\)')


class _Document(HTMLParser):
    """Collects what index.html says."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags.append(tag)
        self.texts |= {value for name, value in attrs if name in SPOKEN and value}

    def handle_data(self, data: str) -> None:
        if self._tags and self._tags[-1] not in {"kbd", "bdi"}:
            self.texts.add(data.strip())

    def handle_endtag(self, tag: str) -> None:
        while self._tags and self._tags.pop() != tag:
            pass


def _texts() -> set[str]:
    document = _Document()
    document.feed((PAGE / "index.html").read_text("utf-8"))
    texts = {text for text in document.texts if re.search("[a-z]", text)}
    for name in SCRIPTS:
        script = (PAGE / name).read_text("utf-8")
        texts |= {text for pattern in (_SAID, _TALLY) for text in pattern.findall(script)}
        texts |= {many for _, many in _COUNTED.findall(script)}
    return texts


def _names_in(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))
