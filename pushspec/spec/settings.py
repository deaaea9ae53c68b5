"""The blocks of settings in an environment, and the secrets that they name but never hold."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pushspec.disclosure import looks_like_key
from pushspec.hosts import split_url
from pushspec.language import phrase
from pushspec.spec.refusals import VARIABLE_NAME
from pushspec.spec.shares import Share  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.delivery import Lifetime  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Items, Model, refusal

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _no_key(name: str) -> str:
    if looks_like_key(name):
        raise refusal(
            "literal-secret", phrase("looks like a key itself; write the name of the variable that holds it")
        )
    return name


class FromEnv(Model):
    """A secret, named by the environment variable that holds it."""

    env: Annotated[str, AfterValidator(_no_key)] = Field(pattern=VARIABLE_NAME)


def _never_literal(value: object) -> object:
    if isinstance(value, str):
        raise refusal(
            "literal-secret", phrase("is a secret in a file; write {{env: NAME}} and keep it out of git")
        )
    return value


Secret = Annotated[FromEnv, BeforeValidator(_never_literal)]
"""A secret, which a file can only name."""


def _no_password(address: str) -> str:
    try:
        has_password = urlsplit(address).password is not None
    except ValueError:
        raise refusal("wrong-form", phrase("is not an address: its host is none")) from None
    if has_password:
        raise refusal(
            "literal-secret",
            phrase("holds a password; leave it out and give it as PGPASSWORD or in the store's own way"),
        )
    return address


def _no_home(address: str) -> str:
    # Taken as it stands it names a folder `~` of the project, and git takes what is in there.
    if address.startswith("~"):
        raise refusal("store-place", phrase("begins with ~, which only a shell takes for a home folder"))
    return address


StoreAddress = Annotated[str, AfterValidator(_no_password), AfterValidator(_no_home)]
"""Where something is kept: a file, or an address that holds no password."""


def _receiver_url(url: str) -> str:
    parts = split_url(url)
    is_near = parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts is None or "@" in parts.netloc or not (parts.scheme == "https" or is_near):
        raise refusal("callbacks-url", phrase("is not https://host/path"))
    return url


class CallbackSettings(Model):
    """Where the service's callbacks are taken and kept."""

    token: Secret = Field(description="The authentication token of the console's callback settings.")
    store: StoreAddress = Field(
        default=".pushspec/callbacks.db", min_length=1, description="A file of SQLite, or postgresql://…"
    )
    url: Annotated[str, AfterValidator(_receiver_url)] | None = Field(
        default=None, description="The receiver's public address, which doctor tries."
    )


class NetworkSettings(Model):
    """How requests to the service leave; the only way to set either."""

    proxy: Secret | None = Field(
        default=None, description="Opens a tunnel by CONNECT; an environment variable holds its address."
    )
    ca_file: str | None = Field(
        default=None, description="PEM file in the project: the only authorities that are trusted."
    )


class PaceSettings(Model):
    """How fast listed accounts get a push, where the project's own servers bear less than the service."""

    users_per_second: int = Field(ge=1, description="Listed accounts a second, of all campaigns together.")
    opening_rate: Share | None = Field(
        default=None, description="How many open a push, such as 8%: the plan says what that asks of servers."
    )


Notice = Literal["stage", "in_doubt", "blocked", "schedule", "end"]

_NOTICES: tuple[Notice, ...] = get_args(Notice)


class NotifyTarget(Model):
    """Where people are told what happens."""

    url: Secret = Field(description="Its address, which is its password, too: an Apprise URL, or a webhook.")
    on: Items[Notice] = Field(default=_NOTICES, min_length=1, description="What to tell.")


MOST_TESTERS = 50


class TesterSettings(Model):
    """Who gets a try: exactly one of accounts and file."""

    accounts: Items[str] | None = Field(
        default=None, min_length=1, max_length=MOST_TESTERS, description="At most 50."
    )
    file: str | None = Field(default=None, description="A file of accounts in the project, at most 50.")
    column: str | None = Field(default=None, description="The column of the file that names the account.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.accounts is None) == (self.file is None):
            raise refusal("testers-choice", phrase("needs either accounts or file"))
        return self


class SourceSettings(Model):
    """A database that audience files may read from."""

    url: Secret = Field(
        description="Its address, which may hold a password, such as postgresql://… or clickhouse://…."
    )
    timeout: Lifetime = Field(default=1_800, ge=1, description="Longest time that a query may take.")
