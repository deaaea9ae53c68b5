"""The top of a plan's page: which days pushes leave, and a line a campaign that leads to its part."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.states import CampaignState
from pushspec.text import counted
from pushspec.timestamps import in_zone
from pushspec.views import plan_wording as wording
from pushspec.views.calendar_text import day_text
from pushspec.views.html import Html, tag, text
from pushspec.views.plan_states import badge_text
from pushspec.views.recorded import said_anew

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign

_MOST_DAYS = 35
_MOST_DOTS = 8


def state_class(campaign: PlannedCampaign) -> str:
    """Return the class of a state, for its colour."""
    return "doubt" if campaign.state is CampaignState.IN_DOUBT else campaign.state.value


def anchor(campaign: PlannedCampaign) -> str:
    """Return the id of a campaign's part of the page."""
    return f"c-{campaign.key}"


def state_html(campaign: PlannedCampaign) -> Html:
    """Return a campaign's state as a badge."""
    return tag("span", badge_text(campaign.state), class_=f"state {state_class(campaign)}")


def recipients_html(campaign: PlannedCampaign) -> Html:
    """Return who gets it; everyone stands out."""
    return tag(
        "span",
        text(wording.recipients_text(campaign)),
        class_="everyone" if campaign.is_to_everyone else "",
    )


def strip_html(campaigns: Sequence[PlannedCampaign], plan: Plan) -> Iterator[Html]:
    """Yield the days from today on, each with how many campaigns leave; nothing where all leave at once.

    Args:
        campaigns: In order; those that have expired or were abandoned leave on no day.
        plan: The plan.
    """
    days: defaultdict[date, Counter[str]] = defaultdict(Counter)
    today = plan.made_at.astimezone(plan.zone).date()
    for campaign in (it for it in campaigns if not it.state.is_over):
        opens = campaign.opens_at or plan.made_at
        days[max(today, opens.astimezone(plan.zone).date())][state_class(campaign)] += 1
    if set(days) <= {today}:
        return
    span = (max(days) - today).days + 1
    shown = [today + timedelta(days=number) for number in range(min(span, _MOST_DAYS))]
    yield tag("div", *(_day(day, days[day], is_today=day == today) for day in shown), class_="strip")
    later = sum(sum(counts.values()) for day, counts in days.items() if day > shown[-1])
    if later:
        yield tag(
            "p",
            phrase(
                "and {campaigns} after {day}",
                campaigns=counted(later, "campaign"),
                day=f"{shown[-1]:%Y-%m-%d}",
            ),
            class_="soft",
        )


def _day(day: date, counts: Counter[str], *, is_today: bool) -> Html:
    marks = (tag("i", class_=name) for name in _few_marks(counts))
    number = tag("b", str(counts.total())) if counts else Html("")
    classes = "today" if is_today else "" if counts else "none"
    return tag("div", tag("span", day_text(day)), tag("p", *marks), number, class_=classes)


def _few_marks(counts: Counter[str]) -> list[str]:
    """Return the classes of a day's dots: every state has one, and the rest stand as the campaigns do."""
    more = counts - Counter(counts.keys())
    shown = Counter([*counts, *more.elements()][:_MOST_DOTS])
    return [name for name in counts for _ in range(shown[name])]


def index_html(
    campaigns: Sequence[PlannedCampaign], plan: Plan, *, drawn: Collection[PlannedCampaign]
) -> Html:
    """Return each campaign in a line: its title first, then people, when, and cost.

    Args:
        campaigns: In order.
        plan: The plan.
        drawn: The campaigns that have a part of their own to lead to.
    """
    keys = {campaign.key for campaign in drawn}
    return tag("ol", *(_line(campaign, plan, leads=campaign.key in keys) for campaign in campaigns))


def _reason(campaign: PlannedCampaign, plan: Plan) -> Iterator[Html]:
    """Yield what keeps it back, or a reader of the list would have to look for each name elsewhere."""
    if campaign.state.is_refused:
        yield tag("small", text(in_zone(said_anew(campaign.reason), plan.zone)))


def _line(campaign: PlannedCampaign, plan: Plan, *, leads: bool) -> Html:
    cells = (
        tag("span", tag("strong", text(wording.title_of(campaign))), tag("small", campaign.key)),
        tag("span", recipients_html(campaign), tag("small", wording.reach_text(campaign, plan))),
        tag("span", wording.schedule_text(campaign, plan), *_reason(campaign, plan)),
        tag("span", wording.cost_text(campaign, plan)),
        state_html(campaign),
    )
    if not leads:
        return tag("li", tag("div", *cells))
    return tag("li", tag("a", *cells, attributes={"href": f"#{anchor(campaign)}"}))
