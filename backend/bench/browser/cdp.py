"""A private Chromium and one page of it, controlled by the DevTools protocol.

Playwright would bring a browser driver of 40 MB for three of its calls; the protocol is JSON over a WebSocket.
Source: chromedevtools.github.io/devtools-protocol (Browser, Target, Page, Runtime).
"""

import asyncio
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.clients.gateway_process import BACKEND

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The last four stop Chromium from throttling a page in the background.
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-breakpad", "--disable-extensions",
    "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", "--window-size=1280,800",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding", "--disable-features=CalculateNativeWinOcclusion",
)  # fmt: skip
START_LIMIT_S = 40.0
ANSWER_LIMIT_S = 40.0


class BrowserError(Exception):
    """The browser or its page cannot do what is asked; the text says why and what to do."""


def chromium_path() -> str:
    """CHROME_PATH, else what the PATH offers. Raises BrowserError."""
    wished = os.environ.get("CHROME_PATH")
    found = wished or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise BrowserError(
            "No Chromium was found: install it (on Debian: sudo apt install chromium), or set CHROME_PATH."
        )
    return found


class Page:
    """One page. Every call waits for the browser's answer."""

    def __init__(self, socket: ClientConnection, session: str, version: str) -> None:
        self.version = version
        """Of the browser."""
        self._socket, self._session = socket, session
        self._numbers = itertools.count(1_000)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Raises BrowserError."""
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        message = {"id": number, "method": method, "params": params, "sessionId": self._session}
        await self._socket.send(json.dumps(message))
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await answer
        except TimeoutError as late:
            what = str(params.get("expression", method))[:200]
            raise BrowserError(f"The browser did not answer within {ANSWER_LIMIT_S:.0f} s: {what}") from late

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression, or of the promise that it is. Raises BrowserError."""
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"]
            raise BrowserError(told.get("exception", {}).get("description") or told["text"])
        return answer["result"].get("value")

    async def call_script(self, name: str, *arguments: Any) -> Any:
        """A function of `window.bench` (page.js)."""
        return await self.run(f"window.bench.{name}({', '.join(map(json.dumps, arguments))})")

    async def navigate(self, url: str) -> None:
        """Loads a page; everything of the one before is gone."""
        await self.call("Page.navigate", url=url)
        ready = "new Promise(r => document.readyState === 'complete' ? r() : addEventListener('load', () => r()))"
        await self.run(ready)

    async def _read(self) -> None:
        fault = BrowserError("The browser has gone away.")
        async for text in self._socket:
            message = json.loads(text)
            answer = self._asked.pop(message.get("id", 0), None)
            if answer is None or answer.done():
                continue
            if "error" in message:
                answer.set_exception(BrowserError(message["error"]["message"]))
            else:
                answer.set_result(message["result"])
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(fault)


@asynccontextmanager
async def browser_page(script: str) -> AsyncIterator[Page]:
    """A fresh Chromium with one empty page; `script` runs in every document before its own.

    The browser and all its processes end with this, and also when this process is killed. Raises BrowserError.
    """
    with tempfile.TemporaryDirectory(prefix="s2s-chromium-", ignore_cleanup_errors=True) as folder:
        guard = BACKEND.parent / "scripts" / "guard.py"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(guard), chromium_path(), *ARGUMENTS, f"--user-data-dir={folder}", "about:blank"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl+C is for us; the browser is closed in order.
            start_new_session=True,
        )
        assert process.stdin is not None
        try:
            async with connect(await _address(Path(folder)), max_size=None, ping_interval=None) as socket:
                page = await _open(socket, script)
                try:
                    yield page
                finally:
                    await page.close()
        finally:
            process.stdin.close()
            await process.wait()


async def _address(folder: Path) -> str:
    told = folder / "DevToolsActivePort"
    try:
        async with asyncio.timeout(START_LIMIT_S):
            # The browser tells its port in a file, and there is no event for files.
            while not told.exists() or len(told.read_text().splitlines()) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError as late:
        raise BrowserError(f"Chromium did not start within {START_LIMIT_S:.0f} s.") from late
    port, path = told.read_text().splitlines()[:2]
    return f"ws://127.0.0.1:{port}{path}"


async def _open(socket: ClientConnection, script: str) -> Page:
    async def ask(number: int, method: str, **params: Any) -> dict[str, Any]:
        await socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async for text in socket:
            message: dict[str, Any] = json.loads(text)
            if message.get("id") == number:
                return dict(message["result"])
        raise BrowserError("The browser has gone away.")

    version = (await ask(1, "Browser.getVersion"))["product"]
    target = (await ask(2, "Target.createTarget", url="about:blank"))["targetId"]
    session = (await ask(3, "Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
    page = Page(socket, session, version)
    await page.call("Page.enable")
    await page.call("Runtime.enable")
    # The ear is a worklet from outside the page, which the page's own policy would refuse.
    await page.call("Page.setBypassCSP", enabled=True)
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
    return page
