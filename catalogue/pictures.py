"""Product pictures, fetched from the links of a feed. Whoever writes a feed chooses the links.

So a link is followed only to a public address: the name is resolved once, every address of it is
checked, and the connection goes to the checked address itself, so that a name cannot mean another
machine a moment later. A redirect is a new link and is checked anew. What comes back is kept only
if its first bytes are those of a picture that browsers show without running anything.
"""

import contextlib
import hashlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from catalogue.models import Product
from tenants.addresses import find_address
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Unavailable
from tenants.models import Tenant

MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 3
TIMEOUT_S = 10.0
PORTS = {"http": 80, "https": 443}
TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
"""First bytes → type. SVG is left out: it may hold scripts. WebP is told by its bytes 8 to 11."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    content: bytes
    content_type: str


def fetch(url: str) -> Picture:
    """Fetch a picture. Raises BadInput with the reason if it must not or cannot be had."""
    for _hop in range(MOST_REDIRECTS + 1):
        answer = _ask(url)
        if isinstance(answer, Picture):
            return answer
        url = urljoin(url, answer)
    raise BadInput(_("The link leads from one to the next without end."))


def _ask(url: str) -> Picture | str:
    """Return the picture at a link, or the link that it redirects to."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connection(parts) as connection:
            connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "pictures"})
            answer = connection.getresponse()
            if answer.status in (301, 302, 303, 307, 308):
                return answer.headers.get("Location", "")
            if answer.status != 200:
                raise BadInput(_("The link was answered with %(code)s.") % {"code": answer.status})
            content = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise BadInput(_("The link cannot be followed.")) from error
    if len(content) > MOST_BYTES:
        raise BadInput(_("The picture has more than 5 MiB."))
    return Picture(content=content, content_type=_type_of(content))


@contextlib.contextmanager
def _connection(parts: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A connection to the checked address of a link, under the link's own name."""
    if parts.scheme not in PORTS or not parts.hostname or parts.username:
        raise BadInput(_("Write a link that begins with https://."))
    port = parts.port or PORTS[parts.scheme]
    address = _public_address(parts.hostname, port)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        plain = socket.create_connection((address, port), TIMEOUT_S)
        connection.sock = plain
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(plain, server_hostname=parts.hostname)
        yield connection


def _public_address(host: str, port: int) -> str:
    """Resolve a name. Raises BadInput unless every address of it is one of the open internet."""
    try:
        return find_address(host, port)
    except Unavailable as error:
        raise BadInput(_("The link cannot be followed.")) from error
    except BadInput as error:
        raise BadInput(_("The link does not lead to a public address.")) from error


def _type_of(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for start, content_type in TYPES.items():
        if content.startswith(start):
            return content_type
    raise BadInput(_("The link does not lead to a JPEG, PNG, GIF or WebP picture."))


def path_of(product: Product) -> Path:
    """Where the copy of a product's picture lies, if there is one. A new link is a new copy."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    link = hashlib.sha256(product.image_url.encode()).hexdigest()[:16]
    folder = Path(settings.MEDIA_ROOT) / str(tenant.public_id) / "pictures"
    return folder / f"{product.public_id}-{link}"


def keep(path: Path, picture: Picture) -> None:
    """Write a picture as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_suffix(".part")
    half.write_bytes(picture.content)
    half.replace(path)


def read(product: Product) -> Picture | None:
    """The copy of a product's picture; None if there is none yet."""
    try:
        content = path_of(product).read_bytes()
    except FileNotFoundError:
        return None
    return Picture(content=content, content_type=_type_of(content))
