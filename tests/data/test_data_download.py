from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bridle.data.download import cache_folder, fetch
from bridle.errors import UserError

CONTENT = bytes(range(256)) * 3000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Server(ThreadingHTTPServer):
    """A server that notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/missing/file.gz":
            self.send_error(404)
            return
        body = CONTENT[:-1] + b"!" if self.path == "/wrong/file.gz" else CONTENT
        self.send_response(200)
        if self.path != "/unsized/file.gz":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1000] if self.path == "/cut/file.gz" else body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def files() -> list[str]:
    """Whatever lies in the cache, but for the empty lock files."""
    paths = cache_folder().rglob("*")
    return sorted(path.name for path in paths if path.is_file() and path.suffix != ".lock")


@pytest.mark.parametrize("kind", ["good", "unsized"])
def test_success_then_cache_without_server(server: _Server, kind: str) -> None:
    url = f"{server.base}/{kind}/file.gz"
    path = fetch("set", "file.gz", SHA256, [url])
    assert path == cache_folder() / "set" / "file.gz"
    assert path.read_bytes() == CONTENT
    assert files() == ["file.gz"]
    server.shutdown()
    assert fetch("set", "file.gz", SHA256, [url]) == path
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong", "expected SHA-256 .*, received"),
        ("missing", "the server answered 404 Not Found"),
        ("cut", f"only 1000 of {len(CONTENT)} bytes arrived"),
    ],
)
def test_failure_leaves_nothing_behind(server: _Server, kind: str, reason: str) -> None:
    url = f"{server.base}/{kind}/file.gz"
    with pytest.raises(UserError, match=reason) as caught:
        fetch("set", "file.gz", SHA256, [url])
    assert url in str(caught.value)
    assert files() == []


def test_mirrors_are_tried_in_order(server: _Server) -> None:
    urls = [f"{server.base}/{kind}/file.gz" for kind in ("missing", "wrong", "cut", "good")]
    assert fetch("set", "file.gz", SHA256, urls).read_bytes() == CONTENT
    assert server.asked == [f"/{kind}/file.gz" for kind in ("missing", "wrong", "cut", "good")]
    assert files() == ["file.gz"]


def test_damaged_cache_is_reported_and_replaced(
    server: _Server, caplog: pytest.LogCaptureFixture
) -> None:
    path = cache_folder() / "set" / "file.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        fetch("set", "file.gz", SHA256, [f"{server.base}/good/file.gz"])
    assert path.read_bytes() == CONTENT
    assert f"{path} is damaged" in caplog.text


def test_own_folder_comes_first(
    server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "set" / "file.gz"
    own.parent.mkdir(parents=True)
    own.write_bytes(CONTENT)
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "own"))
    assert fetch("set", "file.gz", SHA256, []) == own
    own.write_bytes(b"something else")
    with pytest.raises(UserError, match="is not the original: expected SHA-256"):
        fetch("set", "file.gz", SHA256, [f"{server.base}/good/file.gz"])
    assert own.read_bytes() == b"something else"
    assert server.asked == []


def test_offline_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "own"))
    # a port on which nobody listens
    with pytest.raises(UserError) as caught:
        fetch("mnist", "file.gz", SHA256, ["http://127.0.0.1:1/file.gz"])
    text = str(caught.value)
    for part in (
        "Cannot get mnist/file.gz",
        f"{tmp_path / 'own' / 'mnist' / 'file.gz'}: no such file",
        f"{cache_folder() / 'mnist' / 'file.gz'}: no such file",
        "http://127.0.0.1:1/file.gz: no connection (",
        "set BRIDLE_DATA to that folder",
    ):
        assert part in text


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(UserError, match="BRIDLE_CACHE"):
        fetch("set", "file.gz", SHA256, [])


def test_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDLE_CACHE")
    assert cache_folder().name == "data"
    assert "bridle" in str(cache_folder())


def test_interruption_leaves_nothing_behind(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bridle.data.download.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch("set", "file.gz", SHA256, [f"{server.base}/good/file.gz"])
    assert files() == []


def test_many_at_once_download_once(server: _Server) -> None:
    found = []

    def work() -> None:
        found.append(fetch("set", "file.gz", SHA256, [f"{server.base}/good/file.gz"]))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 6
    assert len(server.asked) == 1


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_shows_on_a_terminal_unless_quiet(
    server: _Server, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    if quiet:
        monkeypatch.setenv("BRIDLE_QUIET", "1")
    fetch("set", "file.gz", SHA256, [f"{server.base}/good/file.gz"])
    assert ("Downloading file.gz" in terminal.getvalue()) == (not quiet)
