"""A real browser (the Chromium on the PATH) on a real server of the test database."""

import os
import shutil
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tenants.models import User
from tests.conftest import make_member, make_user, make_workspace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Requests of a test are no news."""


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on the PATH.")
    # Playwright's own loop runs in this thread; Django would take it for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def site(committed: None, settings, monkeypatch) -> Iterator[str]:
    """The address of the platform, with Acme's people in it."""
    # A connection that a server's thread kept would stand in the way of dropping the database.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    application = StaticFilesHandler(get_wsgi_application())
    server = make_server("127.0.0.1", 0, application, ThreadingServer, QuietHandler)
    address = f"http://127.0.0.1:{server.server_port}"
    settings.CSRF_TRUSTED_ORIGINS = [address]
    acme = make_workspace("acme", make_user("Olga"))
    make_member(acme, "Mark", "marketer")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sign_in(browser: Browser, site: str) -> Iterator:
    """Open a page as somebody: `sign_in("mark", width=390, dark=True)`."""
    contexts = []

    def open_page(name: str, *, width: int = 1440, dark: bool = False, language: str = "") -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        if language:
            User.objects.filter(email=f"{name}@example.com").update(language=language)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.faults.append(line.text))
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{name}@example.com")
        page.fill("input[name=password]", "correct horse")
        page.click("button.btn-primary")
        page.wait_for_url("**/w/acme/")
        return page

    yield open_page
    for context in contexts:
        context.close()
