"""The page in a real browser: what it shows, that it is live, keyboard, scripts of all directions, widths."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.app import create_app
from pushspec.sandbox.background import running
from pushspec.sandbox.settings import SandboxSettings
from sandbox.browser import Browser
from sandbox.kit import Caller, batch, batchsendmsg, push, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.sandbox.remote import RemoteSandbox

DESKTOP, PHONE = (1440, 900), (390, 844)
READY = (
    "return document.querySelector('#live').dataset.state === 'live'"
    " && document.querySelectorAll('.device').length"
)
_PUSHES = "document.querySelector('#pushes').textContent"
_TO_TWO = {"To_Account": ["rong", "mei"]}
TITLES = "return [...document.querySelectorAll('.card .title')].map((each) => each.textContent)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    driver = shutil.which("chromedriver")
    assert driver is not None
    with Browser(driver) as found:
        yield found


@pytest.fixture(scope="module")
def served() -> Iterator[RemoteSandbox]:
    """One sandbox on a port for all tests of this file."""
    with running(SandboxSettings(database=":memory:")) as sandbox:
        yield sandbox


@pytest.fixture
def page(served: RemoteSandbox, browser: Browser) -> Iterator[RemoteSandbox]:
    """A fresh sandbox; the page must not have logged an error by the end."""
    served.reset()
    served.play()
    yield served
    assert browser.complaints() == []


def show(
    browser: Browser,
    sandbox: RemoteSandbox,
    account: str,
    size: tuple[int, int] = DESKTOP,
    *,
    dark: bool = False,
) -> None:
    """Load the page at an account and wait until it is live."""
    browser.open("about:blank", width=size[0], height=size[1], dark=dark)
    browser.open(f"{sandbox.base_url}/#/account/{account}", width=size[0], height=size[1], dark=dark)
    browser.until(READY)


def test_a_push_appears_at_once_on_each_vendors_screen(page: RemoteSandbox, browser: Browser) -> None:
    """Live, without a reload, and cut where the vendor cuts."""
    show(browser, page, "rong")
    assert browser.run(TITLES) == []

    page.call("timpush/batch", batch(OfflinePushInfo={"Title": "x" * 60, "Desc": "d"}))

    browser.until("return document.querySelectorAll('.card').length === 2")
    assert browser.run(TITLES) == ["x" * 47 + "...", "x" * 60]
    assert browser.run("return document.querySelector('.note.cut').textContent") == "✂ title cut for OPPO"


def test_what_an_apply_sends_in_its_own_process_appears(browser: Browser, tmp_path: Path) -> None:
    """The embedded sandbox of an apply and `sandbox serve` share one file."""
    settings = SandboxSettings(database=tmp_path / "sandbox.db")
    with running(settings) as sandbox:
        show(browser, sandbox, "rong")

        apply = create_app(settings)
        Caller(apply, settings).call("timpush/batch", batch())
        apply.close()

        browser.until("return document.querySelectorAll('.card').length === 2")
    browser.open("about:blank", width=800, height=600)
    browser.complaints()


def test_text_of_strangers_stays_text(page: RemoteSandbox, browser: Browser) -> None:
    """Markup in a push must be shown, never obeyed."""
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    show(browser, page, "bonnie")

    page.call("openim/batchsendmsg", batchsendmsg(To_Account=["bonnie"], MsgBody=[text(evil)]))

    browser.until("return document.querySelector('.bubble')")
    assert browser.run("return document.querySelector('.bubble .part').textContent") == evil
    assert browser.run("return document.title") == "pushspec sandbox"


def test_every_script_and_direction_is_shown(page: RemoteSandbox, browser: Browser) -> None:
    """Chinese, emoji, and Arabic from right to left within a page from left to right."""
    languages = [{"Language": "ar", "Title": "تخفيضات", "Desc": "حتى الظهر"}]
    info = {"Title": "春季 🌸", "Desc": "👩‍🚀", "MultiLanguageContent": languages}
    page.call("timpush/push", push(OfflinePushInfo=info))

    show(browser, page, "layla")
    assert browser.run(TITLES) == ["تخفيضات"] * 2
    assert browser.run("return getComputedStyle(document.querySelector('.card .title')).direction") == "rtl"
    show(browser, page, "rong")
    assert browser.run(TITLES) == ["春季 🌸"] * 2


def test_calls_show_what_their_code_means(page: RemoteSandbox, browser: Browser) -> None:
    """Newest first; opened, a call shows request, answer and meaning in both languages."""
    page.call("timpush/batch", batch())
    page.call("timpush/batch", batch(DataId="x" * 65, MsgRandom=2))
    show(browser, page, "rong")
    browser.until("return document.querySelectorAll('.call').length === 2")

    browser.click(".call")

    shown = browser.until(
        "return document.querySelector('.detail') && document.querySelector('.detail').textContent"
    )
    assert "DataId 超过 64 字节" in shown
    assert '"MsgRandom": 2' in shown


def test_the_keyboard_is_enough(page: RemoteSandbox, browser: Browser) -> None:
    """Find, move, filter and switch views without a mouse."""
    show(browser, page, "rong")
    first = browser.run("return location.hash")

    browser.press("j")
    assert browser.run("return location.hash") != first
    browser.press("/")
    assert browser.run("return document.activeElement.id") == "search"
    browser.press("tommy")
    browser.until("return document.querySelectorAll('.person').length === 1")
    browser.press("\ue00c")
    browser.press("5")
    assert browser.run("return document.querySelector('#controls-panel').hidden") is False
    browser.press("?")
    assert browser.run("return document.querySelector('#keys').open") is True


def test_what_is_drawn_again_keeps_the_focus(page: RemoteSandbox, browser: Browser) -> None:
    """News about others must not throw a keyboard user out of where they are."""
    page.call("timpush/batch", batch(To_Account=["rong"]))
    show(browser, page, "rong")
    browser.run("document.querySelector('.card').focus()")

    page.call("timpush/batch", batch(To_Account=["bonnie"], MsgRandom=2))

    browser.until("return document.querySelectorAll('.call').length === 2")
    assert browser.run("return document.activeElement.className") == "card reached"


def test_faults_and_clock_are_set_from_the_page(page: RemoteSandbox, browser: Browser) -> None:
    """What is clicked together there is in force at once."""
    show(browser, page, "rong")
    browser.press("5")

    browser.run(
        "const kind = document.querySelector('[name=kind]'); kind.value = 'error';"
        "kind.dispatchEvent(new Event('change'))"
    )
    browser.click(".form .primary")

    browser.until("return document.querySelector('.fault')")
    assert page.call("timpush/batch", batch())["ErrorCode"] == 91000


def test_a_tap_counts_as_a_click(page: RemoteSandbox, browser: Browser) -> None:
    """An opened notification can be tapped, which statistics then show."""
    page.call("timpush/batch", batch(To_Account=["bonnie"]))
    show(browser, page, "bonnie")
    browser.click(".card")

    browser.click(".tap")

    browser.until("return document.querySelector('.card.clicked')")
    assert page.inbox("bonnie")["devices"][0]["notifications"][0]["state"] == "clicked"


@pytest.mark.parametrize("size", [DESKTOP, (1024, 700), PHONE, (320, 640)], ids=lambda size: f"{size[0]}px")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_width_needs_scrolling_sideways(
    page: RemoteSandbox, browser: Browser, size: tuple[int, int], *, dark: bool
) -> None:
    """On a phone the views are behind a bar at the bottom; each fits."""
    page.call("timpush/push", push(OfflinePushInfo={"Title": "T" * 90, "Desc": "无空格" * 90}))
    show(browser, page, "rong", size, dark=dark)

    for view in "12345":
        browser.press(view)
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), view
        titles = "[...document.querySelectorAll('.pushes b, .call b')]"
        cut = f"{titles}.filter((each) => each.scrollWidth > each.clientWidth)"
        assert browser.run(f"return {cut}.length") == 0, view


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(page: RemoteSandbox, browser: Browser, *, dark: bool) -> None:
    """At least 4.5 to 1 (WCAG AA) for the words of the panels."""
    page.call("timpush/batch", batch())
    page.call("timpush/batch", {})
    show(browser, page, "rong", dark=dark)

    assert browser.run(CONTRAST) == []


CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgb(color) {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function light(color) {
  const linear = (part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = rgb(color).map((part) => linear(part / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(element) {
  for (let each = element; each; each = each.parentElement) {
    const color = getComputedStyle(each).backgroundColor;
    if (rgb(color)[3] === 255) return color;
  }
  return "white";
}
const places = ".call b, .call .meta, .code, .person b, .person small, .person time, .caption small," +
  ".avatar, .unread, .tabs button, .groups button, .who p, .chip, .top .fact";
return [...document.querySelectorAll(places)].filter((element) => element.offsetParent).map((element) => {
  const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
  return [element.className || element.tagName, Math.round(100 * (a + 0.05) / (b + 0.05)) / 100];
}).filter(([, ratio]) => ratio < 4.5);
"""


SHOWN = "return document.querySelector('.who').textContent"


def open_at(browser: Browser, sandbox: RemoteSandbox, place: str = "") -> None:
    """Load the page, at nobody in particular, and wait until it is live."""
    browser.open("about:blank", width=DESKTOP[0], height=DESKTOP[1])
    browser.open(f"{sandbox.base_url}/{place}", width=DESKTOP[0], height=DESKTOP[1])
    browser.until(READY)


def test_the_page_opens_on_whoever_got_most(page: RemoteSandbox, browser: Browser) -> None:
    """The person with something to see, not the one who happens to be first or last."""
    page.call("timpush/batch", batch(To_Account=["tommy", "jared"]))
    page.call("timpush/batch", batch(To_Account=["tommy"], MsgRandom=2))
    page.call("timpush/batch", batch(To_Account=["bonnie"], MsgRandom=3))

    open_at(browser, page)

    assert browser.run("return location.hash") == "#/account/tommy"
    assert (
        browser.run("return document.querySelector('.person[aria-selected=true] small').textContent")
        == "tommy · Huawei"
    )


def test_calls_are_listed_by_their_titles(page: RemoteSandbox, browser: Browser) -> None:
    """Ten calls of one endpoint look alike without; a chat message has its text."""
    page.call("timpush/batch", batch(OfflinePushInfo={"Title": "Spring sale", "Desc": "d"}))
    page.call("openim/batchsendmsg", batchsendmsg(MsgBody=[text("see you at noon")]))
    page.call("timpush/batch", {})
    open_at(browser, page)

    browser.until("return document.querySelectorAll('.call').length === 3")

    titles = browser.run("return [...document.querySelectorAll('.call b')].map((each) => each.textContent)")
    assert titles == ["timpush/batch", "see you at noon", "Spring sale"]


def test_a_try_is_told_from_the_send_that_says_the_same(page: RemoteSandbox, browser: Browser) -> None:
    """Two equal rows make people fear that the send left twice."""
    for number, key in enumerate(("sale@1!try1", "sale@1!try12#2", "sale@1#1", "retry!tryst@1#1"), 1):
        page.call("timpush/batch", batch(MsgRandom=number, DataId=key))
    open_at(browser, page)

    browser.until("return document.querySelectorAll('.call').length === 4")

    rows = browser.run("return [...document.querySelectorAll('.call .meta')].map((each) => each.textContent)")
    assert [row.partition(" · timpush/batch · ")[0] for row in rows] == [
        "retry!tryst@1#1",
        "sale@1#1",
        "try · sale@1!try12#2",
        "try · sale@1!try1",
    ]


def test_a_recall_is_told_from_the_send_that_says_the_same(page: RemoteSandbox, browser: Browser) -> None:
    """It bears the title of what it takes back."""
    task = page.call("timpush/push", push())["TaskId"]
    page.call("timpush/revoke", {"TaskId": task, "OfflinePushInfo": {"Title": "t", "Desc": "d"}})
    open_at(browser, page)

    browser.until("return document.querySelectorAll('.call').length === 2")

    rows = browser.run("return [...document.querySelectorAll('.call .meta')].map((each) => each.textContent)")
    assert [row.startswith("recall · timpush/revoke · ") for row in rows] == [True, False]


def test_numbers_and_their_nouns_agree(page: RemoteSandbox, browser: Browser) -> None:
    """One account, two accounts; one unread message."""
    page.call("openim/batchsendmsg", batchsendmsg(To_Account=["rong"]))
    page.call("openim/batchsendmsg", batchsendmsg(To_Account=["rong", "bonnie"], MsgRandom=2))
    show(browser, page, "bonnie")
    browser.press("4")

    pushes = browser.until(
        "return document.querySelectorAll('.tally').length === 2 && document.body.innerText"
    )

    assert re.search(r"\b1 account\b", pushes)
    assert re.search(r"\b2 accounts\b", pushes)
    assert "1 unread message" in browser.run(SHOWN)


def test_another_persons_phones_begin_at_their_top(page: RemoteSandbox, browser: Browser) -> None:
    """Whoever scrolled down to one person's chat must not land in the middle of the next one's screens."""
    for number in range(12):
        page.call("openim/batchsendmsg", batchsendmsg(To_Account=["rong"], MsgRandom=number))
    show(browser, page, "rong")
    browser.until("return document.querySelectorAll('.bubble').length === 12")
    browser.run("document.querySelector('.stage').scrollTop = 400")

    browser.run("location.hash = '#/account/mei'")

    browser.until("return document.querySelectorAll('.device').length === 3")
    assert browser.run("return document.querySelector('.stage').scrollTop") == 0


def test_a_recall_and_the_losses_are_seen(page: RemoteSandbox, browser: Browser) -> None:
    """What was lost and why, when it was taken back, and what stands there instead."""
    page.lose("bonnie", "no_token")
    task = page.call("timpush/push", push(OfflinePushInfo={"Title": "Wrong price", "Desc": "d"}))["TaskId"]
    page.call("timpush/revoke", {"TaskId": task, "OfflinePushInfo": {"Title": "Sorry", "Desc": "d"}})
    show(browser, page, "rong")

    seen = browser.until(
        "return document.querySelector('#pushes .hint') && document.querySelector('#pushes').textContent"
    )

    assert "device token never uploaded" in seen
    assert "replaced by “Sorry”" in seen


def test_a_scheduled_push_says_what_it_is_until_it_is_sent(page: RemoteSandbox, browser: Browser) -> None:
    """Tasks of one title must be told apart, and each becomes a push with its id."""
    at = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
    for kind, keys in (("All", {}), ("Tag", {"Condition": {"TagsAnd": ["股票A"]}}), ("User", _TO_TWO)):
        content = {"OfflinePushInfo": {"Title": "Sale", "Desc": "Until two"}, **keys}
        body = {"Sdkappid": 1_400_000_000, "Type": kind, "SchedAt": at, "Content": content}
        page.call("timpush/add_sched_task", body)
    show(browser, page, "rong")

    waiting = browser.until(f"return {_PUSHES}.includes('task 3') && {_PUSHES}")
    for seconds in (4 * 86_400, 10, 10):  # one push a second leaves
        page.advance(seconds)
    sent = browser.until(f"return !{_PUSHES}.includes('scheduled') && {_PUSHES}")

    assert "Until twotask 1 · everyone · due" in waiting
    assert "task 2 · TagsAnd 股票A · due" in waiting
    assert "task 3 · 2 accounts · due" in waiting
    assert "timpush/batch" in sent


def test_the_page_is_that_of_the_project(browser: Browser) -> None:
    """Its name at the top and on the phones, and its campaigns beside the calls; or why there are none."""
    rows = [{"key": "sale@2", "title": "Spring sale", "state": "waiting", "reason": "opens at noon"}]
    answers: list[list[dict[str, str]]] = [
        [{**row, "endpoint": "timpush/push", "calls": "1 call"} for row in rows]
    ]

    def campaigns() -> list[dict[str, str]]:
        if not answers:
            raise ValueError("2 errors")
        return answers.pop()

    settings = SandboxSettings(database=":memory:", project="acme-push", campaigns=campaigns)
    with running(settings) as sandbox:
        sandbox.call("timpush/batch", batch())
        open_at(browser, sandbox)
        shown = browser.until("return document.querySelector('#campaigns b')?.textContent")
        app = browser.run("return document.querySelector('.card .app').textContent")
        sandbox.call("timpush/batch", batch(MsgRandom=2))
        problem = browser.until("return document.querySelector('#campaigns .empty')?.textContent")
        title = browser.run("return document.title")
        browser.open("about:blank", width=800, height=600)
        browser.complaints()

    assert (shown, title) == ("Spring sale", "acme-push · pushspec sandbox")
    assert app.startswith("acme-push")
    assert problem == "The project has errors2 errors"


def test_the_page_asks_nobody_else(page: RemoteSandbox, browser: Browser) -> None:
    """No outside host, whatever pictures a push names."""
    info = {
        "Title": "t",
        "Desc": "d",
        "ApnsInfo": {"Image": "https://example.com/a.png", "MutableContent": 1},
    }
    page.call("timpush/batch", batch(To_Account=["bonnie"], OfflinePushInfo=info))
    show(browser, page, "bonnie")

    hosts = browser.run(
        "return [...new Set(performance.getEntriesByType('resource').map((each) => new URL(each.name).host))]"
    )

    assert [f"http://{host}" for host in hosts] == [page.base_url]
    assert browser.run("return document.querySelector('.thumb').textContent") == "▧ a.png"
