"""The report as a page: it fits a phone and a desk, acts on nothing, and its chart adds up."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sandbox.browser import Browser

from pushspec.api.report import (
    CampaignReport,
    Counts,
    Loss,
    PlatformRow,
    Report,
    Summary,
)
from pushspec.operate.report import Earlier
from pushspec.views.report_html import report_html
from pushspec.views.report_wording import heading_texts
from views.test_plan_html import HOSTILE, Reader

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
ROWS = (
    PlatformRow("apns", "offline", sent=1_000_000, reached=900_000, opened=100_000, lost=50_000),
    PlatformRow("huawei", "offline", sent=500_000, reached=400_000, opened=None, lost=None),
    PlatformRow(None, "online", sent=10, reached=10, opened=10, lost=0),
    PlatformRow("99", "7", sent=None, reached=None, opened=None, lost=None),
)


def summary(name: str, platforms: tuple[PlatformRow, ...] = ROWS) -> Summary:
    counts = Counts(meant=1_600_000, refused=3, sent=1_500_010, reached=1_300_010, opened=None, lost=50_000)
    losses = (Loss("after_sending", HOSTILE, 50_000, HOSTILE, "install the app again"),)
    return Summary(name, counts, counts, platforms, losses, None, 20, 20, AT, is_settled=False)


def page(platforms: tuple[PlatformRow, ...] = ROWS, *, campaigns: int = 1) -> str:
    """Return the page of campaigns with long names."""
    campaign = campaign_of("spring", platforms)
    report = Report("acme-push", "prod", AT, UTC, None, (campaign,) * campaigns, (HOSTILE,), is_learnt=True)
    return report_html(report)


def campaign_of(name: str, platforms: tuple[PlatformRow, ...] = ROWS) -> CampaignReport:
    return CampaignReport(
        name=name,
        version=1,
        endpoint="timpush/batch",
        audience=f"{HOSTILE} {'wide' * 40}",
        sent_at=AT,
        summary=summary(f"{name}@1", platforms),
        variants=(summary("a-rather-long-name-of-a-variant"), summary("short")),
        calls=(),
        earlier=Earlier(3, 0.8, 3, 0.1, 2),
        reached_compared=(),
        opened_compared=(),
        not_told=("tasks that the service did not name in its answer",),
        is_randomized=False,
    )


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_a_phone_and_a_desk_in_light_and_dark(tmp_path: Path, width: int) -> None:
    """People open it from a chat on their phone."""
    (tmp_path / "report.html").write_text(page(campaigns=2))
    driver = shutil.which("chromedriver")
    assert driver is not None, "install chromium-driver"

    with Browser(driver) as browser:
        for dark in (False, True):
            url = (tmp_path / "report.html").as_uri()
            browser.open(url, width=width, height=900, dark=dark)
            wide, inside = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
            table, box = browser.run(
                "const it = document.querySelector('.overview'); return [it.scrollWidth, it.clientWidth]"
            )
            colours = browser.run(
                "return ['color', 'backgroundColor'].map(it => getComputedStyle(document.body)[it])"
            )
            bars = browser.run(
                "return [...document.querySelectorAll('svg')].map(it => it.getBoundingClientRect().width)"
            )

            assert wide <= inside
            assert table <= box, "the overview needs no scrolling"
            assert colours[0] != colours[1]
            assert len(set(bars)) == 1, "bars of one chart share a scale"


def test_the_chart_adds_up_and_leaves_out_what_nobody_told() -> None:
    """The largest maker fills the width; the others are in its scale."""
    widths = [float(it) for it in re.findall(r'<rect[^>]* width="([\d.]+)%"', page())]

    assert sum(widths[:4]) == pytest.approx(100)
    assert sum(widths[4:8]) == pytest.approx(50)
    assert len(widths) == 12
    assert "<svg" not in page(platforms=())


def test_the_table_leads_to_each_campaign() -> None:
    """Of fifty campaigns, the one that went wrong is a long way down."""
    reader = Reader(page(campaigns=2))

    assert ("href", "#c-spring@1") in reader.attributes
    assert ("id", "c-spring@1") in reader.attributes


def test_a_campaign_in_doubt_is_not_called_unsent() -> None:
    """It may be on every phone: nobody knows, and "not sent" invites a second push."""
    unknown = Counts(meant=4, refused=None, sent=None, reached=None, opened=None, lost=None)
    doubted = replace(campaign_of("doubted"), sent_at=None, summary=replace(summary("a"), counts=unknown))
    refused = replace(doubted, summary=replace(summary("a"), counts=replace(unknown, sent=0)))

    assert heading_texts(doubted, None)[2] == "not known whether it was sent"
    assert heading_texts(refused, None)[2] == "not sent"


def test_nothing_on_the_page_acts() -> None:
    """The service's words come from afar, and the page is opened beside a browser's session."""
    reader = Reader(page())

    assert not reader.tags & {"script", "img", "link", "iframe", "a", "form", "object"}
    assert not [
        name for name, _ in reader.attributes if name.startswith("on") or name in {"src", "href", "style"}
    ]
    assert reader.open == []
    assert "opened not known" in " ".join(value or "" for _, value in reader.attributes)
