"""The service's hosts by the region of the app; nothing a person writes can name another.

Source: https://trtc.io/document/34620 and later copies of document 1047/34620 (Tokyo);
https://cloud.tencent.com/document/product/269/130281 (Riyadh). Copies read until 2026-05-18. Mumbai is
dropped from the newer pages and so from here.
"""

from __future__ import annotations

from enum import StrEnum


class Region(StrEnum):
    """Where an app was created; a wrong one is answered with 60026, 70016 or 70020."""

    CHINA = "china"
    SINGAPORE = "singapore"
    SEOUL = "seoul"
    TOKYO = "tokyo"
    FRANKFURT = "frankfurt"
    SILICON_VALLEY = "silicon_valley"
    JAKARTA = "jakarta"
    RIYADH = "riyadh"

    @property
    def base_url(self) -> str:
        """The root of every request of an app of this region."""
        return f"https://{HOSTS[self]}"


HOSTS: dict[Region, str] = {
    Region.CHINA: "console.tim.qq.com",
    Region.SINGAPORE: "adminapisgp.im.qcloud.com",
    Region.SEOUL: "adminapikr.im.qcloud.com",
    Region.TOKYO: "adminapijpn.im.qcloud.com",
    Region.FRANKFURT: "adminapiger.im.qcloud.com",
    Region.SILICON_VALLEY: "adminapiusa.im.qcloud.com",
    Region.JAKARTA: "adminapiidn.im.qcloud.com",
    Region.RIYADH: "adminapiksa.im.qcloud.com",
}
