"""Writes what is measured: a project of campaigns of 40 lines, and as many Terraform resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CITIES = ("Shanghai", "Shenzhen", "Chengdu", "Hangzhou", "Beijing", "Wuhan", "Xiamen")

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: benchmark
vars: {{brand: ACME}}
environments:
  prod:
    sdk_app_id: 1400123456
    region: singapore
    secret_key: {{env: TIM_SECRET_KEY}}
    limits: {{push_calls_per_day: {campaigns}}}
policy:
  require: [owner, not_after]
"""

CAMPAIGN = """\
# Sent from the growth team's calendar, entry {number}.
apiVersion: pushspec/v1
kind: Campaign
name: sale-{number}
version: 1
description: Sale in {city}, for whoever follows the brand there
owner: growth
labels: {{team: growth, city: {city}}}
endpoint: timpush/push
from: administrator
audience:
  tags:
    any: [city-{city}, 折扣提醒, follows-sale-{number}]
schedule:
  not_before: "2020-12-01T10:00:00+08:00"
  not_after: "2099-12-01T12:00:00+08:00"
vars:
  discount: {discount}
  city: {city}
notification:
  title: "{{{{ brand }}}} {number}: {{{{ discount }}}}% off"
  desc: "Only in {{{{ city }}}}, until noon. Deal {number}."
  ext:
    page: /sale/{number}
    source: push
    campaign: "{{{{ campaign.name }}}}"
  languages:
    zh-hant: {{title: "{{{{ brand }}}} {number}：優惠", desc: "僅限 {{{{ city }}}}，中午截止"}}
    en: {{title: "Sale {number}", desc: "Until noon"}}
  badge: {{add: 1}}
  android:
    sound: sale
    style: 1
    oppo: {{channel_id: sale, category: MARKETING, notify_level: 1}}
    huawei: {{importance: NORMAL, category: MARKETING}}
    xiaomi: {{channel_id: "104"}}
  apns:
    sound: sale.caf
    sub_title: "Deal {number}"
    interruption_level: active
"""

RESOURCE = """\
resource "terraform_data" "sale_{number}" {{
  input = <<EOT
{text}EOT
}}
"""


def write_project(folder: Path, campaigns: int) -> None:
    """Write a project whose campaigns are all due, so that the plan shows each one's body."""
    (folder / "campaigns").mkdir(parents=True)
    (folder / "pushspec.yaml").write_text(PROJECT.format(campaigns=campaigns), encoding="utf-8")
    for number in range(campaigns):
        path = folder / "campaigns" / f"sale-{number}.yaml"
        path.write_text(campaign_text(number), encoding="utf-8")


def write_resources(folder: Path, resources: int) -> None:
    """Write a Terraform configuration with as many resources, each holding the text of one campaign file."""
    folder.mkdir(parents=True)
    blocks = (RESOURCE.format(number=number, text=campaign_text(number)) for number in range(resources))
    (folder / "main.tf").write_text("\n".join(blocks), encoding="utf-8")


def campaign_text(number: int) -> str:
    """Return the campaign file of this number; no two have a text in common."""
    return CAMPAIGN.format(number=number, city=CITIES[number % len(CITIES)], discount=5 + number % 60)
