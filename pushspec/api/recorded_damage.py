"""Give back its parts to what the fold says of a damaged lockfile, which is English alone."""

from __future__ import annotations

from pushspec.api.recorded_forms import Forms, word
from pushspec.language import template

_DAMAGE = Forms(
    template("a run wrote it after another one had taken over"),
    template("a task of {campaign} is over"),
    template("attempt {attempt} of {key} is out of order"),
    template("attempt {attempt} of {key} was not under way"),
    template("attempt {attempt} on {key} is out of order"),
    template("attempt {attempt} on {key} was not under way"),
    template("attempt {attempt} to take back {key} is out of order"),
    template("attempt {attempt} to take back {key} was not under way"),
    template("it belongs to another lockfile"),
    template("its counts do not make {key} {state}"),
    template("nothing may follow after the lockfile was moved"),
    template("record {number} was expected here"),
    template("the header must be the first record, and only that"),
    template("the service named {key} otherwise"),
    template("who wrote it did not hold the lock"),
    template("{campaign} has no content {content}"),
    template("{campaign} has no schedule"),
    template("{campaign} is sent by tasks at the service"),
    template("{campaign} was begun before"),
    template("{campaign} was never begun"),
    template("{campaign} was to be taken back, and sends nothing more"),
    template("{endpoint} is not known to this pushspec"),
    template("{key} has no intent"),
    template("{key} is a call of {campaign}"),
    template("{key} is no sent call of {campaign}"),
    template("{key} is taken back by {requests} requests"),
    template("{key} is {state}, and cannot become {verdict}"),
    template("{key} is {state}, and may not be taken back again"),
    template("{key} is {state}, and may not be tried again"),
    template("{key} is {state}: no task to {action}"),
    template("{key} was about to be cancelled"),
    template("{key} was about to {action}"),
    template("{task} is not the task of {key}"),
    state=word,
    verdict=word,
    action=word,
)
"""How a record may contradict those before it."""


def damage_phrase(why: str) -> str:
    """Return how a record contradicts those before it."""
    return _DAMAGE.read(why)
