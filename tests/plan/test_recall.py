"""What a recall would do, at moments and in places that a test chooses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from lockfile.test_fold import AT, KEY, intent, resolved, sent, started, unknown
from lockfile.test_recalls import going_back, open_question

from pushspec.errors import RefusedError, UsageError
from pushspec.plan.recall import RecallPlan, assemble_recall, find_sent
from pushspec.spec.project import Environment

if TYPE_CHECKING:
    from datetime import datetime

    from lockfile.test_fold import Story

    from pushspec.plan.calls import CampaignCalls

HOME = Environment(sdk_app_id=1, region="singapore")
DAY = timedelta(days=1)


class Lists:
    """Nobody asks for people where tasks are taken back."""

    @property
    def calls(self) -> CampaignCalls:
        raise AssertionError("the files are read, although the lockfile says all")

    @property
    def refused(self) -> dict[str, frozenset[str]]:
        raise AssertionError("the refused accounts are read, although no person is named")


CONTENTS = {"hello@1": {"OfflinePushInfo": {"Title": "T"}}}


def begun(**changes: object) -> Story:
    """A campaign that was begun, with a content."""
    story = started()
    story.records[-1] = story.records[-1].model_copy(update={"contents": CONTENTS} | changes)
    return story


def out(**changes: object) -> Story:
    """A call that was sent."""
    return begun(**changes).then(intent(), sent())


def plan(story: Story, *, now: datetime = AT, environment: Environment = HOME) -> RecallPlan:
    state = story.state
    begin = find_sent(state, "hello")
    return assemble_recall(begin, state, environment, Lists(), environment_name="prod", now=now)


def test_a_task_can_be_taken_back_for_a_day_from_when_its_request_left() -> None:
    """The service counts from the task's start, which is later, so this is never too long."""
    assert [step.call.key for step in plan(out(), now=AT + DAY - timedelta(seconds=1)).steps] == [KEY]
    late = plan(out(), now=AT + DAY)

    assert late.steps == ()
    assert [call.key for call in late.too_late] == [KEY]
    assert plan(out()).until == AT + DAY


def test_a_recall_in_doubt_that_is_too_old_stays_so() -> None:
    """Nobody can ask any more, and silence is no proof."""
    story = out().then(going_back(), open_question())

    assert [step.settles for step in plan(story).steps] == [True]
    assert [it.key for it in plan(story, now=AT + DAY).unsettled] == [KEY]
    assert plan(story).steps[0].attempt == 2


def test_what_a_person_settled_without_an_id_cannot_be_named_to_the_service() -> None:
    """It is out, and counts as not taken back."""
    record = resolved("sent").model_copy(update={"task_id": None})
    told = plan(begun().then(intent(), unknown(), record))

    assert [call.key for call in told.unnamed] == [KEY]
    assert told.steps == ()


def test_what_nobody_knows_is_told_apart() -> None:
    """A doubt may be on phones, and the second call was never made."""
    told = plan(begun().then(intent(), unknown()))

    assert [call.key for call in told.doubted] == [KEY]
    assert (told.steps, told.unsent) == ((), 1)


def test_another_place_is_refused() -> None:
    """The TaskId means nothing there, or somebody else's push."""
    story = out(location="singapore")
    plan(story)

    with pytest.raises(RefusedError, match="was sent to singapore; prod is frankfurt"):
        plan(story, environment=Environment(sdk_app_id=1, region="frankfurt"))


def test_the_digest_is_over_the_requests_and_where_they_go() -> None:
    """What was confirmed is what leaves."""
    digests = {
        plan(out()).digest,
        plan(out(), now=AT + DAY).digest,
        plan(out(), environment=Environment(sdk_app_id=2, region="singapore")).digest,
        plan(out(), environment=Environment(sdk_app_id=1, region="frankfurt")).digest,
    }

    assert len(digests) == 4
    assert plan(out()).digest == plan(out(), now=AT + timedelta(hours=1)).digest


@pytest.mark.parametrize("name", ["helo", "hello@2", "other"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    """Taking back the nearest campaign instead would be worse."""
    with pytest.raises(UsageError, match=f"nothing was sent as {name}"):
        find_sent(out().state, name)


def test_a_name_stands_for_its_highest_version_that_went_out() -> None:
    """A version names exactly one."""
    assert find_sent(out().state, "hello").campaign == "hello@1"
    assert find_sent(out().state, "hello@1").campaign == "hello@1"


PERSONAL = CONTENTS | {"hello@1~2": {"OfflinePushInfo": {"Title": "B"}}}


def test_of_a_personalized_campaign_its_own_list_tells_which_text_went_out() -> None:
    """Two contents share the key of their variant, so the lockfile alone cannot tell."""
    with pytest.raises(AssertionError, match="the files are read"):
        plan(out(contents=PERSONAL))


def test_where_the_lockfile_holds_some_of_the_texts_the_list_tells_which_went_out() -> None:
    """Of more variants than it keeps texts of, it holds the first of each, and a hash over all."""
    with pytest.raises(AssertionError, match="the files are read"):
        plan(out(contents_sha256="0" * 64))


def test_with_a_text_for_the_recall_the_lockfile_is_enough() -> None:
    """It is the same for everybody, and the files may be gone by then."""
    (step,) = plan(out(contents=PERSONAL, recall={"title": "Sorry"})).steps

    assert step.shows == {"Title": "Sorry"}


def test_stages_of_a_list_share_what_was_said_to_all_of_them() -> None:
    """The content stands under the key without the stage."""
    story = begun().then(intent(key="hello@1/canary#1"))
    story.then(sent().model_copy(update={"key": "hello@1/canary#1"}))

    assert [step.shows for step in plan(story).steps] == [{"Title": "T"}]
