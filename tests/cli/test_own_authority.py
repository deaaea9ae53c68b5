"""``network.ca_file``: a file that holds no certificate is named, before anything leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, Project

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme
environments:
  prod:
    sdk_app_id: 1400000001
    region: singapore
    secret_key: {env: TIM_SECRET_KEY}
    network: {ca_file: certs/corp.pem}
"""
HOLDING = {
    "DER": b"0\x82\x03\x8a\xff\xfe\x00",
    "another alphabet": "证书".encode(),
    "UTF-16": "-----BEGIN CERTIFICATE-----".encode("utf-16"),
    "nothing": b"",
    "a key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "a cut certificate": b"-----BEGIN CERTIFICATE-----\nMIIB\xff\n-----END CERTIFICATE-----\n",
}


@pytest.mark.parametrize("held", HOLDING.values(), ids=HOLDING)
def test_a_file_that_is_no_certificate_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    """Windows exports authorities as DER: the message tells which file, and what makes a PEM of it."""
    monkeypatch.setenv("TIM_SECRET_KEY", "k" * 64)
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT, "certs/corp.pem": held})
    project.write(
        {"campaigns/hello.yaml": CAMPAIGN, "people/a.yaml": "apiVersion: pushspec/v1\nkind: People\n"}
    )
    project.run("lock", "init").assert_ok()
    digest = project.plan_json()["digest"]

    for command in (["apply", "--confirm", digest], ["people", "plan"], ["doctor"]):
        done = project.run(*command)

        told = " ".join((done.err + done.out).split())
        assert '"certs/corp.pem" cannot be read: it has no certificate in PEM form' in told, command
        assert "-----BEGIN CERTIFICATE-----" in told, command
        assert done.code == 1, command
