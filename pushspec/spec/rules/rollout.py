"""Rules on stages: which audiences can be cut, and that nobody falls into two stages or into none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.rollout import Measure
from pushspec.spec.shares import share_of
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.campaign import Audience
    from pushspec.spec.rollout import Stage
    from pushspec.spec.rules.context import Rule, RuleContext

_GATE_KEYS = ("hold", "continue_if", "min_count", "max_wait")


def stage_names(context: RuleContext) -> Iterator[Problem]:
    """A stage's name is part of keys: no other stage and no variant bears it."""
    stages = context.campaign.rollout or ()
    taken = {variant.name: "variant" for variant in context.campaign.variants or ()}
    for index, stage in enumerate(stages):
        if stage.stage in taken:
            yield context.problem(
                ("rollout", index, "stage"),
                "stage-not-unique",
                phrase("there is another {taken} named {stage}", taken=taken[stage.stage], stage=stage.stage),
                phrase("give the stage a name of its own"),
            )
        taken[stage.stage] = "stage"
    if len(stages) == 1:
        yield context.problem(
            ("rollout",),
            "rollout-single",
            phrase("a rollout of one stage is none"),
            phrase("add {{stage: rest}}"),
            key=True,
        )


def stage_gates(context: RuleContext) -> Iterator[Problem]:
    """The last stage opens nothing."""
    stages = context.campaign.rollout or ()
    last = len(stages) - 1
    for key in _GATE_KEYS if stages else ():
        if key in stages[last].model_fields_set:
            yield context.problem(
                ("rollout", last, key),
                "stage-last",
                phrase("{key} does nothing at the last stage", key=key),
                phrase("it says what opens the next stage; leave it out here"),
                key=True,
            )


def stage_audience(context: RuleContext) -> Iterator[Problem]:
    """Only a list can be cut into shares, and only some conditions by a tag."""
    stages, audience = context.campaign.rollout, context.audience
    if stages is None or audience is None:
        return
    if audience.lists_accounts:
        yield from _shares(context, stages)
    elif not any(stage.tag is not None for stage in stages):
        yield context.problem(
            ("rollout",),
            "rollout-audience",
            phrase(
                "{kind} cannot be cut into shares: only the service knows who that is",
                kind=audience.recipients.kind,
            ),
            phrase("list the accounts, or begin with {{stage: canary, tag: TAG}}"),
            key=True,
        )
    else:
        yield from _tag_stages(context, stages, audience)


def _shares(context: RuleContext, stages: tuple[Stage, ...]) -> Iterator[Problem]:
    for index, stage in enumerate(stages):
        if stage.tag is not None:
            yield context.problem(
                ("rollout", index, "tag"),
                "stage-tag",
                phrase("listed accounts are cut by share, not by tag"),
                phrase("write share: 2%"),
                key=True,
            )
        elif stage.share is None and index < len(stages) - 1:
            yield context.problem(
                ("rollout", index),
                "stage-share",
                phrase("stage {stage} has no share", stage=stage.stage),
                phrase("only the last may be the rest"),
            )
    yield from _sum(context, stages)


def _sum(context: RuleContext, stages: tuple[Stage, ...]) -> Iterator[Problem]:
    total = sum(share_of(stage.share) for stage in stages if stage.share is not None)
    percent, path = f"{total * 100:f}".rstrip("0").rstrip("."), ("rollout", len(stages) - 1)
    if total > 1:
        yield context.problem(
            path,
            "stage-share",
            phrase("the shares add up to {percent}%", percent=percent),
            phrase("each is of all people, not of the rest"),
        )
    elif stages[-1].share is not None and total < 1:
        yield context.problem(
            (*path, "share"),
            "stage-share",
            phrase("the shares add up to {percent}%, so some people would be in no stage", percent=percent),
            phrase("leave out the share of the last stage, which is then the rest"),
        )
    elif stages[-1].share is None and total == 1:
        yield context.problem(
            path,
            "stage-empty",
            phrase("nobody is left for stage {stage}", stage=stages[-1].stage),
            phrase("remove it, or lower a share"),
        )


def _tag_stages(context: RuleContext, stages: tuple[Stage, ...], audience: Audience) -> Iterator[Problem]:
    """Yield why a condition cannot be cut by a tag; the first reason is enough."""
    fault = _shape_fault(stages) or _condition_fault(context, audience, stages[0].tag)
    if fault:
        index = next(index for index, stage in enumerate(stages) if stage.tag is not None)
        yield context.problem(("rollout", index, "tag"), "stage-tag", *fault, key=True)
    measured = stages[0].thresholds
    if Measure.REFUSED in measured:
        yield context.problem(
            ("rollout", 0, "continue_if", "refused"),
            "condition-unknown",
            phrase("refused can never be known here: the service refuses accounts one by one only in a list"),
            phrase("use lost, reached or opened"),
            key=True,
        )


def _shape_fault(stages: tuple[Stage, ...]) -> tuple[str, str] | None:
    if [stage.tag is not None for stage in stages] != [True, False]:
        return (
            phrase("a tag cuts people in two: those who have it, and the rest"),
            phrase("write [{{stage: canary, tag: TAG}}, {{stage: rest}}]"),
        )
    if any(stage.share is not None for stage in stages):
        return phrase("a stage by tag has no share"), phrase(
            "leave share out: only the service knows how many have the tag"
        )
    return None


def _condition_fault(context: RuleContext, audience: Audience, tag: str | None) -> tuple[str, str] | None:
    if context.endpoint.name is not EndpointName.PUSH or context.content.message is not None:
        return (
            phrase("people without a tag are known only to timpush/push without a message"),
            phrase("list the accounts, or send without a message"),
        )
    if audience.tags is None:
        return (
            phrase(
                "{kind} cannot be cut by a tag: no page of the service shows not by itself",
                kind=audience.recipients.kind,
            ),
            phrase("narrow it down by a tag that all of them have"),
        )
    tags = audience.tags
    if tags.not_ is not None or (tags.any is not None and len(tags.any) > 1):
        return (
            phrase("only all: or a single tag under any: can be cut, for any and all exclude each other"),
            phrase("give these people one tag of their own"),
        )
    named = (*(tags.any or ()), *(tags.all or ()))
    if tag in named:
        return phrase("everybody in this audience has the tag {tag}", tag=tag), phrase(
            "name a tag that only some of them have"
        )
    most = context.limits.tags_per_condition.value
    if len(named) >= most:
        return (
            phrase(
                "with {tag} the condition has {named} tags; the service takes {most}",
                tag=tag,
                named=len(named) + 1,
                most=most,
            ),
            phrase("name fewer tags"),
        )
    return None


RULES: tuple[Rule, ...] = (stage_names, stage_gates, stage_audience)
