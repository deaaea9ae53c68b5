"""What the table of endpoints says is what the vendor's pages say."""

from __future__ import annotations

import pytest

from pushspec.tencent.delivery import Delivery, endpoints_for
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.limits import LIMIT_NAMES

PATHS = {
    EndpointName.PUSH: "/v4/timpush/push",
    EndpointName.IM_PUSH: "/v4/all_member_push/im_push",
    EndpointName.BATCH: "/v4/timpush/batch",
    EndpointName.BATCHSENDMSG: "/v4/openim/batchsendmsg",
    EndpointName.WEBPUSH: "/v4/timpush/webpush",
    EndpointName.WEBBATCH: "/v4/timpush/webbatch",
}


@pytest.mark.parametrize("name", EndpointName)
def test_an_endpoint_has_its_documented_path(name: EndpointName) -> None:
    """Paths are case-sensitive at the service."""
    assert ENDPOINTS[name].path == PATHS[name]


def test_only_pushes_to_conditions_spend_the_daily_quota() -> None:
    """Listed accounts are limited by the second, not by the day."""
    counted = {name for name, endpoint in ENDPOINTS.items() if endpoint.counts_in_daily_quota}

    assert counted == {EndpointName.PUSH, EndpointName.IM_PUSH, EndpointName.WEBPUSH}


def test_pushes_to_listed_accounts_carry_a_data_id() -> None:
    """Elsewhere the service knows no such field."""
    carriers = {name for name, endpoint in ENDPOINTS.items() if endpoint.takes_data_id}

    assert carriers == {EndpointName.BATCH, EndpointName.WEBBATCH}


def test_every_delivery_key_has_an_endpoint() -> None:
    """A key that no endpoint carries could never be used."""
    assert [key for key in Delivery.model_fields if not endpoints_for(key)] == []


@pytest.mark.parametrize("name", EndpointName)
def test_a_body_limit_is_a_limit(name: EndpointName) -> None:
    """It is looked up by its name."""
    assert ENDPOINTS[name].body_limit in LIMIT_NAMES
