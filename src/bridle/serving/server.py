"""A server that only this machine reaches, under an address that nobody can guess.

Any program and any page that a browser shows may send requests to this machine. So the server listens on loopback
alone, its addresses begin with a random token, and a request must name this host: a page elsewhere whose name
suddenly leads here (DNS rebinding) names another one. A page runs its own scripts only and connects to nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from bridle.domains import Integer
from bridle.errors import UserError
from bridle.wording import argument

HOST = "127.0.0.1"

IDLE_SECONDS = 30.0
"""Seconds that a request may take to arrive."""

HTML, JSON, EVENTS = "text/html", "application/json", "text/event-stream"


@dataclass(frozen=True)
class Response:
    """What a request gets.

    Attributes:
        content: a text, or texts that are sent one by one as they come.
        kind: its media type.
        status: of HTTP.
        sent: is called when all of it was sent.
    """

    content: str | Iterator[str]
    kind: str = HTML
    status: HTTPStatus = HTTPStatus.OK
    sent: Callable[[], object] = lambda: None


Route = Callable[[str], Response]
"""Answers a request, from what its address has after the question mark. Called in a thread of the request's own."""


class Server:
    """Answers requests while it is used as a context; ends with it, and with the process in any case.

    Args:
        port: of the address; by default a free one.

    Attributes:
        routes: what answers at each path below the token; `""` is the page itself.
        address: where the page is.
        ended: is set when the server ends, so that answers in parts end too.

    Raises:
        PortTakenError: another program uses the port.
        UserError: the port is not valid, or may not be used.
    """

    def __init__(self, port: int | None = None) -> None:
        self.routes: dict[str, Route] = {}
        self.ended = threading.Event()
        self.token = secrets.token_urlsafe(24)
        wanted = 0 if port is None else Integer(1, 65535).check("port", port)
        try:
            self._http = _Http((HOST, wanted), _handler(self))
        except OSError as error:
            raise PortTakenError(
                f"Port {wanted} of {HOST} cannot be used: {error.strerror}.",
                advice=f"Choose another {argument('port')}, or leave it out for a free one.",
            ) from None
        self.port = int(self._http.server_address[1])
        self.address = f"http://{HOST}:{self.port}/{self.token}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()

    def route(self, path: str) -> Route | None:
        """Return what answers at a path, the token included; None if nothing does."""
        token, _, rest = path.removeprefix("/").partition("/")
        known = hmac.compare_digest(token.encode(), self.token.encode())
        return self.routes.get(rest) if known and path.count("/") > 1 else None


class PortTakenError(UserError):
    """The port cannot be used."""


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let go of a reader that is gone; anything else is reported."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    """Return the class that reads requests for a server."""

    class Handler(BaseHTTPRequestHandler):
        timeout = IDLE_SECONDS
        server_version, sys_version = "Bridle", ""

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            route = server.route(path) if self._is_meant() else None
            if route is None:
                self._send(Response("There is nothing here.\n", "text/plain", HTTPStatus.NOT_FOUND))
            else:
                self._send(_answer(route, query))

        def _is_meant(self) -> bool:
            """Say whether the request names this host, and no page of another one made it."""
            own = {f"{name}:{server.port}" for name in (HOST, "localhost")}
            hosts, origins = (self.headers.get_all(name, []) for name in ("Host", "Origin"))
            if len(hosts) != 1 or hosts[0] not in own:
                return False
            return all(origin == f"http://{hosts[0]}" for origin in origins)

        def _send(self, answer: Response) -> None:
            self.send_response_only(answer.status)
            whole = isinstance(answer.content, str)
            content = answer.content.encode() if isinstance(answer.content, str) else b""
            for name, value in _headers(answer).items():
                self.send_header(name, value)
            if whole:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            if not whole:
                with contextlib.closing(_closable(answer.content)) as parts:
                    for part in parts:
                        self.wfile.write(part.encode())
            answer.sent()

        def log_message(self, *said: Any) -> None:
            """Say nothing: addresses hold the token."""

    return Handler


def _answer(route: Route, query: str) -> Response:
    """Return a route's answer, or its mistake in words."""
    try:
        return route(query)
    except UserError as error:
        return Response(f"{error}\n", "text/plain", HTTPStatus.INTERNAL_SERVER_ERROR)


def _closable(parts: Iterable[str]) -> Generator[str]:
    """Return the parts as a generator, which can be closed."""
    yield from parts


def _headers(answer: Response) -> dict[str, str]:
    return {
        "Content-Type": f"{answer.kind}; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy(answer.content if answer.kind == HTML else ""),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",  # an address holds the token
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


_SCRIPT = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)


def policy(page: str | Iterator[str]) -> str:
    """Return a policy by which a page runs its own scripts, by their digests, and connects to its server alone."""
    scripts = _SCRIPT.findall(page) if isinstance(page, str) else []
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts]
    own = " ".join(f"'sha256-{digest.decode()}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {own}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
