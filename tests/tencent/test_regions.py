"""The hosts are the documented ones, and nothing that people write can name another."""

from __future__ import annotations

import pytest

from pushspec.tencent.regions import HOSTS, Region


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("china", "https://console.tim.qq.com"),
        ("singapore", "https://adminapisgp.im.qcloud.com"),
        ("seoul", "https://adminapikr.im.qcloud.com"),
        ("tokyo", "https://adminapijpn.im.qcloud.com"),
        ("frankfurt", "https://adminapiger.im.qcloud.com"),
        ("silicon_valley", "https://adminapiusa.im.qcloud.com"),
        ("jakarta", "https://adminapiidn.im.qcloud.com"),
        ("riyadh", "https://adminapiksa.im.qcloud.com"),
    ],
)
def test_a_region_has_its_documented_host(region: str, url: str) -> None:
    """A wrong host is answered with 60026, and would carry the signature to a stranger."""
    assert Region(region).base_url == url


def test_every_region_has_a_host_of_its_own() -> None:
    """Two regions on one host would be a slip of the pen."""
    assert set(HOSTS) == set(Region)
    assert len(set(HOSTS.values())) == len(Region)
