"""A browser for tests: Chromium through the WebDriver protocol, with nothing but httpx."""

from __future__ import annotations

import base64
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
]
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_PATIENCE_S = 15.0


class Browser:
    """One headless Chromium; a context manager."""

    def __init__(self, driver: str, *, arguments: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = next(line for line in self._process.stdout if "started successfully on port" in line).split()[
            -1
        ]
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{port.rstrip('.')}", timeout=30, trust_env=False
        )
        options = {"args": [*_ARGUMENTS, *arguments]}
        always = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        self._session = self._post("/session", {"capabilities": always})["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.delete(f"/session/{self._session}")
        self._http.close()
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def open(self, url: str, *, width: int, height: int, dark: bool = False) -> None:
        """Open a page in a window of a size, in light or dark."""
        self._session_post("/window/rect", {"width": width, "height": height})
        media = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        self._devtools("Emulation.setEmulatedMedia", media)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", metrics)
        self._session_post("/url", {"url": url})

    def prefer(self, language: str) -> None:
        """Be the browser of someone who reads a language, from the next page on."""
        agent = self.run("return navigator.userAgent")
        self._devtools("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": language})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page and return its value."""
        return self._session_post("/execute/sync", {"script": script, "args": list(arguments)})

    def until(self, script: str) -> Any:
        """Run JavaScript until it returns something true."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            if value := self.run(script):
                return value
        raise AssertionError(f"the page never got there: {script}")

    def press(self, keys: str) -> None:
        """Press keys, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._session_post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector: str) -> None:
        """Click what a CSS selector finds."""
        found = self._session_post("/element", {"using": "css selector", "value": selector})
        self._session_post(f"/element/{found[_ELEMENT]}/click", {})

    def picture(self, path: Path) -> None:
        """Save what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self._get("/screenshot")))

    def complaints(self) -> list[str]:
        """Return errors that the page wrote to its console, policy violations included."""
        entries = self._session_post("/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def _devtools(self, command: str, parameters: dict[str, Any]) -> None:
        self._session_post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def _session_post(self, path: str, body: dict[str, Any]) -> Any:
        return self._post(f"/session/{self._session}{path}", body)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _value(self._http.post(path, json=body))

    def _get(self, path: str) -> Any:
        return _value(self._http.get(f"/session/{self._session}{path}"))


def _value(response: httpx.Response) -> Any:
    value = response.json()["value"]
    assert response.status_code == 200, value
    return value
