"""Files too large to ship, from a folder, the cache or the network.

Every file is used only if its digest is right.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridle.errors import UserError
from bridle.files import user_cache

_LOG = logging.getLogger("bridle")
_BLOCK = 1 << 18
_TIMEOUT = 30.0  # seconds without a byte before the next address is tried

Advance = Callable[[int], None]


class _UnavailableError(Exception):
    """The file could not be downloaded from an address; the message says why."""


def fetch(
    folder: str, file: str, sha256: str, urls: Sequence[str], *, quiet: bool | None = None
) -> Path:
    """Return the path of a verified copy of a file; download it if necessary.

    It is searched for in the folder `$BRIDLE_DATA`, then in the cache, then at the addresses.

    Args:
        folder: of the data set, such as `"mnist"`; the same in `$BRIDLE_DATA` and in the cache.
        file: its name.
        sha256: its digest, 64 hexadecimal digits; or 32 of its MD5 digest, where that is all that is known.
        urls: addresses of the file, tried in order.
        quiet: show no progress; None is quiet unless stderr is a terminal, and always where
            `$BRIDLE_QUIET` is set.

    Raises:
        UserError: the file cannot be found anywhere, or a copy in `$BRIDLE_DATA` is not the original.
    """
    own = os.environ.get("BRIDLE_DATA")
    if own:
        path = Path(own).expanduser() / folder / file
        if path.is_file():
            return _own_copy(path, sha256)
    cached = cache_folder() / folder / file
    try:
        if _is_good(cached, sha256):
            return cached
        if cached.is_file():
            _LOG.warning("%s is damaged (its digest is wrong); downloading it again.", cached)
        cached.parent.mkdir(parents=True, exist_ok=True)
        with _alone(cached):
            # another process may have fetched it while this one waited
            if not _is_good(cached, sha256):
                _download(folder, cached, sha256, urls, quiet)
    except OSError as error:
        raise UserError(
            f"Cannot write {cached}: {error}. Make room or change the permissions there, or name "
            f"another folder in the environment variable BRIDLE_CACHE."
        ) from error
    return cached


def cache_folder() -> Path:
    """Return the folder where downloads are kept: `$BRIDLE_CACHE/data`, or the user's cache.

    Raises:
        UserError: no folder is known.
    """
    found = user_cache()
    if found is None:
        raise UserError(
            "There is no home folder to keep downloads in. Name a folder in the environment variable BRIDLE_CACHE."
        )
    return found / "data"


def digest(path: Path, like: str = "") -> str:
    """Return the SHA-256 digest of a file, 64 hexadecimal digits; or its MD5 digest, if `like` has 32."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, _name(like).lower()).hexdigest()


def document(url: str) -> bytes:
    """Return the small document at an address.

    Raises:
        UserError: it cannot be downloaded.
    """
    try:
        return b"".join(block for _, block in _blocks(url))
    except _UnavailableError as reason:
        raise UserError(f"Cannot get {url}: {reason}.") from None


def _name(like: str) -> str:
    """Return the kind of a digest."""
    return "MD5" if len(like) == 32 else "SHA256"


def _own_copy(path: Path, sha256: str) -> Path:
    """Return `path` after checking it: a file in the user's own folder, which only the user may replace."""
    try:
        found = digest(path, sha256)
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error}.") from error
    if found != sha256:
        raise UserError(
            f"{path} is not the original: expected SHA-256 {sha256}, found {found}. Replace the "
            f"file, or unset BRIDLE_DATA to have it downloaded."
        )
    return path


def _is_good(path: Path, sha256: str) -> bool:
    return path.is_file() and digest(path, sha256) == sha256


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes of this user from downloading the same file at the same time."""
    from filelock import FileLock

    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def _download(
    folder: str, target: Path, sha256: str, urls: Sequence[str], quiet: bool | None
) -> None:
    """Download the file to `target`, complete and verified, or leave `target` as it was."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    failures = []
    try:
        for url in urls:
            try:
                with _progress(target.name, quiet) as (start, advance):
                    _receive(url, part, sha256, start, advance)
            except _UnavailableError as reason:
                failures.append(f"{url}: {reason}")
            else:
                os.replace(part, target)
                return
    finally:
        part.unlink(missing_ok=True)
    raise _nowhere(folder, target, failures)


def _receive(url: str, part: Path, sha256: str, start: Advance, advance: Advance) -> None:
    """Download `url` to `part`; raise _UnavailableError unless it is the right file."""
    checksum = hashlib.new(_name(sha256))
    received = 0
    with part.open("wb") as file:
        for expected, block in _blocks(url):
            if not received:
                start(expected)
            file.write(block)
            checksum.update(block)
            received += len(block)
            advance(len(block))
    if checksum.hexdigest() != sha256:
        kind = _name(sha256).replace("SHA", "SHA-")
        raise _UnavailableError(f"expected {kind} {sha256}, received {checksum.hexdigest()}")


def _blocks(url: str) -> Iterator[tuple[int, bytes]]:
    """Yield (size of the whole in bytes or 0 if unknown, next block) from an address."""
    request = urllib.request.Request(url, headers={"User-Agent": "bridle"})
    received = 0
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            expected = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(_BLOCK):
                received += len(block)
                yield expected, block
    except urllib.error.HTTPError as error:
        error.close()
        raise _UnavailableError(f"the server answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _UnavailableError(f"no connection ({error.reason})") from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _UnavailableError(f"the transfer failed ({error})") from error
    # an interrupted connection looks like the end of the file
    if received < expected:
        raise _UnavailableError(f"only {received} of {expected} bytes arrived")


@contextmanager
def _progress(name: str, quiet: bool | None) -> Iterator[tuple[Advance, Advance]]:
    """Show progress. Yields two functions, to call with the size of the file and with the bytes received."""
    if quiet is None:
        quiet = bool(os.environ.get("BRIDLE_QUIET")) or not sys.stderr.isatty()
    if quiet:
        yield (lambda size: None), (lambda size: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(f"Downloading {name}", total=None)
        yield (
            lambda size: bar.update(task, total=size or None),
            lambda size: bar.advance(task, size),
        )


def _nowhere(folder: str, target: Path, failures: Sequence[str]) -> UserError:
    own = os.environ.get("BRIDLE_DATA")
    looked = [
        str(Path(own).expanduser() / folder / target.name) + ": no such file"
        if own
        else "the environment variable BRIDLE_DATA: not set",
        f"{target}: {'damaged' if target.is_file() else 'no such file'}",
        *failures,
    ]
    tried = "".join(f"\n  - {line}" for line in looked)
    return UserError(
        f"Cannot get {folder}/{target.name}. Tried:{tried}\n"
        f"Connect to the network and try again; or put the file into a folder of your own as "
        f"{folder}/{target.name} and set BRIDLE_DATA to that folder; or copy it to {target}."
    )
