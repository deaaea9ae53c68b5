"""How many calls a second the sandbox answers, as a ratio to a bare Starlette handler of the same JSON.

Both run as servers of their own on this machine, under the same client, in turns; the ratio is the median
of the rounds' own ratios, and the goal is a third.

    python benchmarks/sandbox_throughput.py [--calls 4000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

GOAL = 1 / 3
CONNECTIONS = 8
ACCOUNTS = [f"user{number}" for number in range(1, 6)]

BARE = """
import asyncio, json, sys
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from pushspec.sandbox import serving

async def answer(request):
    body = await request.json()
    task = str(body["MsgRandom"])
    return JSONResponse({"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "TaskId": task})

app = Starlette(routes=[Route("/v4/timpush/batch", answer, methods=["POST"])])
listener = serving.listen("127.0.0.1", 0)
print(serving.base_url(listener), flush=True)
asyncio.run(serving.make_server(app).serve(sockets=[listener]))
"""
SANDBOX = """
import asyncio, sys
from pathlib import Path
from pushspec.sandbox import serving
from pushspec.sandbox.app import create_app
from pushspec.sandbox.settings import SandboxSettings
from pushspec.tencent.limits import Limits

# The rates are checked as ever, only so high that every call goes through and does its work.
limits = Limits().with_overrides({"batch_calls_per_second": 10**6, "batch_users_per_second": 10**7})
app = create_app(SandboxSettings(database=Path(sys.argv[1]) / "sandbox.db", limits=limits))
listener = serving.listen("127.0.0.1", 0)
print(serving.base_url(listener), flush=True)
asyncio.run(serving.run(app, serving.make_server(app), listener))
"""


def request_head(port: int) -> str:
    """Return the first lines of every request, signed for the sandbox."""
    from pushspec.sandbox.settings import IDENTIFIER, PUBLIC_SECRET_KEY, SDK_APP_ID
    from pushspec.sandbox.usersig import sign

    usersig = sign(
        sdk_app_id=SDK_APP_ID, identifier=IDENTIFIER, secret_key=PUBLIC_SECRET_KEY, now=time.time()
    )
    query = urlencode(
        {
            "sdkappid": SDK_APP_ID,
            "identifier": IDENTIFIER,
            "usersig": usersig,
            "random": 1,
            "contenttype": "json",
        }
    )
    target = f"POST /v4/timpush/batch?{query} HTTP/1.1"
    return f"{target}\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"


def body(number: int) -> bytes:
    """Return one push to five accounts, with languages and vendor blocks, about 700 bytes."""
    return json.dumps(
        {
            "From_Account": "administrator",
            "To_Account": ACCOUNTS,
            "MsgRandom": number,
            "DataId": f"spring-sale@2#{number}",
            "OfflinePushInfo": {
                "Title": "ACME: 20% off 春季大促",
                "Desc": "Until noon. 今天中午十二点截止",
                "Ext": '{"page":"/sale"}',
                "MultiLanguageContent": [{"Language": "zh-hant", "Title": "春季大促", "Desc": "八折"}],
                "AndroidInfo": {"OPPOCategory": "IM", "OPPONotifyLevel": 16, "HuaWeiImportance": "NORMAL"},
                "ApnsInfo": {"BadgeMode": 1, "SubTitle": "Spring", "InterruptionLevel": "active"},
            },
        },
        ensure_ascii=False,
    ).encode()


async def drive(port: int, numbers: range) -> float:
    """Make calls over a few connections at once and return calls a second."""
    head = request_head(port)
    requests = []
    for number in numbers:
        payload = body(number)
        requests.append(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, requests[place::CONNECTIONS]) for place in range(CONNECTIONS)))
    return len(requests) / (time.perf_counter() - started)


async def _connection(port: int, requests: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        if answer["ErrorCode"] != 0:
            raise SystemExit(f"a call was refused: {answer}")
    writer.close()
    await writer.wait_closed()


def serve(program: str, folder: str) -> tuple[subprocess.Popen[str], int]:
    """Start a server and return it with its port."""
    process = subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline().strip().rpartition(":")[2])


def main() -> None:
    """Measure both, in turns, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {"bare": serve(BARE, folder), "sandbox": serve(SANDBOX, folder)}
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for turn in range(options.rounds):
            numbers = range(turn * options.calls, (turn + 1) * options.calls)
            for name, (_, port) in servers.items():
                rates[name].append(asyncio.run(drive(port, numbers)))
        for process, _ in servers.values():
            process.terminate()
            process.wait()
        size = Path(folder, "sandbox.db").stat().st_size
    medians = {name: statistics.median(found) for name, found in rates.items()}
    pairs = zip(rates["sandbox"], rates["bare"], strict=True)
    ratio = statistics.median(sandbox / bare for sandbox, bare in pairs)
    print(f"bare     {medians['bare']:8.0f} calls a second")
    print(f"sandbox  {medians['sandbox']:8.0f} calls a second, database {size >> 20} MB")
    print(f"ratio    {ratio:8.2f}  (goal: at least {GOAL:.2f})")
    sys.exit(0 if ratio >= GOAL else 1)


if __name__ == "__main__":
    main()
