"""The server: only this machine, only its token, only its own name, and pages that reach nobody else."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from bridle.errors import UserError
from bridle.serving.desk import Desk
from bridle.serving.server import EVENTS, PortTakenError, Response, Server, policy

PAGE = '<!DOCTYPE html><script type="module">\nlet a = 1 < 2;\n</script>'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        found.routes[""] = lambda query: Response(PAGE)
        found.routes["said"] = lambda query: Response(query, "text/plain")
        found.routes["parts"] = lambda query: Response(iter(["one\n", "two\n"]), EVENTS)
        yield found


def ask(
    server: Server, path: str, method: str = "GET", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": f"127.0.0.1:{server.port}", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def test_its_address_answers(server: Server) -> None:
    status, text, headers = ask(server, f"/{server.token}/")
    assert (status, text) == (200, PAGE)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert ask(server, f"/{server.token}/said?a=1&b=2")[1] == "a=1&b=2"
    assert ask(server, f"/{server.token}/parts")[1] == "one\ntwo\n"
    assert ask(server, f"/{server.token}/", Host=f"localhost:{server.port}")[0] == 200
    assert re.fullmatch(rf"http://127\.0\.0\.1:{server.port}/[\w-]{{32}}/", server.address)


@pytest.mark.parametrize(
    "path",
    ["/", "/favicon.ico", "/TOKEN", "/TOKEN/other", "/TOKEN/../TOKEN/", "/TOKENx/", "/%C3%A9/", "/said"],
)  # fmt: skip
def test_every_other_path_is_nothing(server: Server, path: str) -> None:
    wrong = ask(server, "/" + "x" * 32 + "/")
    found = ask(server, path.replace("TOKEN", server.token))
    assert found[0] == wrong[0] == 404
    assert found[1] == wrong[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.example.org:PORT"},
        {"Host": ""},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_pages_of_other_hosts_get_nothing(server: Server, headers: dict[str, str]) -> None:
    given = {key: value.replace("PORT", str(server.port)) for key, value in headers.items()}
    assert ask(server, f"/{server.token}/", **given)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_answers_questions(server: Server, method: str) -> None:
    status, _, headers = ask(server, f"/{server.token}/", method)
    assert status == HTTPStatus.NOT_IMPLEMENTED
    assert headers["Access-Control-Allow-Origin"] is None


def test_headers_keep_the_page_to_itself(server: Server) -> None:
    _, _, headers = ask(server, f"/{server.token}/")
    assert headers["Access-Control-Allow-Origin"] is None
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    # the digest by openssl: printf '\nlet a = 1 < 2;\n' | openssl dgst -sha256 -binary | base64
    assert rules["script-src"] == "'sha256-ZvC2Fy0ZV4WhP3xCXpazWOUluic3FzgmPcTHePOK4bc='"
    assert "script-src 'none'" in policy("<p onclick='a()'>no script</p>")


def test_other_addresses_of_this_machine_are_closed(server: Server) -> None:
    """The whole of 127/8 is this machine's on Linux; a server of all addresses would answer there."""
    for host in ("127.0.0.2", "::1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as own:
            own.settimeout(5)
            assert own.connect_ex((host, server.port)) != 0


def test_a_port_that_is_taken_or_none_is_told(server: Server) -> None:
    with pytest.raises(PortTakenError, match=rf"Port {server.port} .*leave it out for a free one"):
        Server(server.port)
    for wrong in (0, 65536, "x"):
        with pytest.raises(UserError, match="port must be"):
            Server(wrong)  # type: ignore[arg-type]


def test_a_reader_that_leaves_early_is_no_fault(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = []

    def endless() -> Iterator[str]:
        try:
            while True:
                yield "more\n" * 1000
        finally:
            closed.append(True)

    server.routes["endless"] = lambda query: Response(endless(), EVENTS)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as own:
        request = f"GET /{server.token}/endless HTTP/1.0\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
        own.sendall(request.encode())
        seen = b""
        while b"more" not in seen:
            seen += own.recv(100)
    for _ in range(100):
        if closed:
            break
        server.ended.wait(0.05)
    assert closed == [True]
    assert capsys.readouterr().err == ""


def test_a_desk_that_has_ended_answers_nobody() -> None:
    desk = Desk()
    desk._open = False
    with pytest.raises(ConnectionAbortedError):
        desk.ask(lambda: 1)
