"""A real headless Chromium that may talk to the live server only, and whose complaints are collected."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 15_000  # milliseconds


@dataclass
class Visit:
    """One page in a browser of its own, with every error it logged and every address it asked elsewhere."""

    page: Page
    home: str
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.errors.append(said.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.home + "/", "data:")):
            self.elsewhere.append(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else shutil.which("chromium")
    if executable is None:
        pytest.skip("NOT TESTED IN A BROWSER: there is no chromium on this machine (apt install chromium)")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs an event loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: object) -> Iterator[Callable[..., Visit]]:
    """Opens the first page; `javascript=False` for a browser without it.

    Limits on mails to one address are counted in the cache, which outlives a transaction that is not rolled back.
    """
    cache.clear()
    contexts: list[BrowserContext] = []

    def open_first_page(*, javascript: bool = True) -> Visit:
        contexts.append(chromium.new_context(java_script_enabled=javascript))
        visit = Visit(contexts[-1].new_page(), str(live_server))
        visit.page.goto(visit.home)
        return visit

    yield open_first_page
    for context in contexts:
        context.close()
