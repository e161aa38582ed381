"""Pictures come from links that a feed names: to public addresses, and nothing but pictures."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from django.test import Client

from catalogue import pictures
from catalogue.models import Product
from catalogue.tasks import fetch_pictures
from tenants import addresses
from tenants.context import scope
from tenants.errors import BadInput
from tenants.models import Tenant

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
            return
        bodies = {"/a.png": PNG, "/page": b"<svg onload=alert(1)>", "/big": PNG + b"\0" * 6_000_000}
        self.send_response(200 if self.path in bodies else 404)
        self.end_headers()
        self.wfile.write(bodies.get(self.path, b""))

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def shop() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda ip: ip == "127.0.0.1" or real(ip))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "240.0.0.1", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_addresses_of_inner_networks_are_not_public(address: str) -> None:
    assert not addresses.is_public(address)


def test_addresses_of_the_internet_are_public() -> None:
    assert addresses.is_public("93.184.216.34")
    assert addresses.is_public("2606:2800:220:1::1")


@pytest.mark.parametrize("path", ["/moved", "/loop", "/page", "/big", "/gone"])
@pytest.mark.usefixtures("loopback_is_public")
def test_what_is_no_picture_of_the_open_internet_is_refused(shop: str, path: str) -> None:
    with pytest.raises(BadInput):
        pictures.fetch(shop + path)


def test_a_link_into_our_own_network_is_refused(shop: str) -> None:
    for url in (f"{shop}/a.png", "file:///etc/passwd", "http://localhost/a.png"):
        with pytest.raises(BadInput):
            pictures.fetch(url)


@pytest.mark.django_db
@pytest.mark.usefixtures("loopback_is_public")
def test_a_picture_is_fetched_once_and_shown_from_here(
    shop: str, acme: Tenant, as_olga: Client, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    with scope(acme.pk):
        shoe = Product.objects.create(external_id="1", title="Shoe", image_url=f"{shop}/a.png")
        Product.objects.create(external_id="2", title="Sock", image_url=f"{shop}/page")
    page = f"/w/acme/catalogue/products/{shoe.public_id}/picture/"
    assert as_olga.get(page).headers["Location"] == f"{shop}/a.png"
    assert fetch_pictures(acme.pk) == 1
    assert fetch_pictures(acme.pk) == 0
    shown = as_olga.get(page)
    assert (shown.headers["Content-Type"], shown.content) == ("image/png", PNG)
