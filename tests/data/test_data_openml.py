"""Tables of OpenML from a server of the test's own: found by name and number, verified, kept in the cache."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bridle.data import openml
from bridle.data.intake import from_file
from bridle.errors import UserError

ROWS = "".join(
    f"{n},{n % 7},'{'red' if n % 3 else 'big blue'}',{'yes' if n % 2 else 'no'}\n"
    for n in range(40)
)
ARFF = (
    "@relation pets\n@attribute id numeric\n@attribute 'the age' numeric\n"
    "@attribute colour {red,'big blue'}\n@attribute sold {yes,no}\n@data\n" + ROWS
)


class _Server(ThreadingHTTPServer):
    """OpenML with the data set 7, pets, of which data set 9 is a later version."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[str] = []
        self.arff = ARFF.encode()
        description = {
            "id": "7",
            "name": "pets",
            "version": "1",
            "url": f"{self.base}/file",
            "md5_checksum": hashlib.md5(self.arff).hexdigest(),
            "default_target_attribute": "sold",
            "row_id_attribute": "id",
            "ignore_attribute": ["colour"],
        }
        listed = [
            {"did": 9, "status": "active"},
            {"did": 7, "status": "active"},
            {"did": 3, "status": "deactivated"},
        ]
        self.answers = {
            "/data/7": json.dumps({"data_set_description": description}).encode(),
            "/data/8": b"<html>busy</html>",
            "/data/list/data_name/pets/limit/100": json.dumps(
                {"data": {"dataset": listed}}
            ).encode(),
        }


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.arff if self.path == "/file" else self.server.answers.get(self.path)
        if body is None:
            self.send_error(412)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    with _Server() as running:
        monkeypatch.setattr(openml, "SERVER", running.base)
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_by_name_with_its_own_target_and_then_from_the_cache(server: _Server) -> None:
    found = from_file("openml:pets")
    assert found.name == "pets"
    assert found.task.names == ("no", "yes")
    assert found.features == (
        "the age",
    )  # the number of the row and the ignored column are left out
    assert found.rows.typed == ("openml:pets",)
    assert "Data set 7 of OpenML: pets, version 1." in found.notes
    asked = list(server.asked)
    assert from_file("openml:pets", target="sold").spec == found.spec
    assert server.asked == asked
    assert from_file("openml:7").spec == found.spec


def test_other_targets_can_be_asked_for(server: _Server) -> None:
    assert from_file("openml:7", target="the age", task="regression").task.names == ("the age",)


def test_what_openml_does_not_have(server: _Server) -> None:
    with pytest.raises(UserError, match="no data set named 'cats'"):
        from_file("openml:cats")
    with pytest.raises(UserError, match="There is no data set 5 on OpenML"):
        from_file("openml:5")
    with pytest.raises(UserError, match=r"no JSON.*Connect to the network"):
        from_file("openml:8")
    with pytest.raises(UserError, match="must name a data set of OpenML"):
        from_file("openml:")


def test_a_file_with_another_digest_is_not_used(server: _Server) -> None:
    server.arff = server.arff.replace(b"yes", b"not")
    with pytest.raises(UserError, match="expected MD5"):
        from_file("openml:7")


def test_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml, "SERVER", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"no connection.*Connect to the network"):
        from_file("openml:adult")
