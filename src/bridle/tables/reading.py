"""Tables from files, by the endings of their names."""

from __future__ import annotations

import gzip
import io
import lzma
import math
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bridle.errors import Unquoted, UserError, closest, listed_names, shown
from bridle.tables import arff, delimited, formats
from bridle.tables.raw import RawTable
from bridle.wording import argument

PACKED = (".gz", ".zip", ".zst")
"""Endings of compressed files."""

_TEXTS: dict[str, Callable[..., RawTable]] = {
    ".csv": delimited.read,
    ".txt": delimited.read,
    ".data": delimited.read,
    ".tsv": partial(delimited.read, tabs=True),
    ".tab": partial(delimited.read, tabs=True),
    ".arff": arff.read,
    "": delimited.read,
}
"""Readers of texts, which have an encoding."""

_READERS: dict[str, Callable[..., RawTable]] = {
    ".parquet": formats.parquet,
    ".pq": formats.parquet,
    ".feather": formats.feather,
    ".arrow": formats.feather,
    ".xlsx": formats.excel,
}

ENDINGS = tuple(filter(None, (*_TEXTS, *_READERS)))
"""Endings of the formats that are read; each may be followed by one of `PACKED`."""


def is_table(name: str) -> bool:
    """Say whether a name ends as that of a table does: `.csv`, `.csv.gz`."""
    return ending_of(Path(name)) in ENDINGS


def stem(path: Path) -> str:
    """Return a file's name without its endings: `adult` of `adult.csv.gz`."""
    name = path.name
    for ending in (*PACKED, *ENDINGS):
        name = name[: -len(ending)] if name.lower().endswith(ending) and name != ending else name
    return name or path.name


def ending_of(path: Path) -> str:
    """Return the ending of the format of a file, without those of its compression."""
    endings = [suffix.lower() for suffix in path.suffixes]
    while endings and endings[-1] in PACKED:
        endings.pop()
    return endings[-1] if endings else ""


def read_file(given: str | Path, encoding: str | None = None) -> RawTable:
    """Read a table from a file.

    Args:
        given: the file.
        encoding: of a text; None finds it.

    Raises:
        UserError: there is no such file, it cannot be read, or it is no table; the message names the place.
    """
    path = Path(given)
    ending = ending_of(path)
    data = _content(path)
    if not data:
        raise UserError(f"{path.name} is empty; expected a header and rows.")
    name, content = _unpacked(path, data)
    if not ending and name != path.name:  # an archive that says nothing of what it holds
        ending = Path(name).suffix.lower()
    if ending in _TEXTS:
        return _TEXTS[ending](content, path.name, encoding=encoding)
    if ending not in _READERS:
        raise UserError(
            argument=path.name,
            verb="end in",
            expected=f"one of {', '.join(ENDINGS)}, and perhaps {', '.join(PACKED)}",
            received=ending,
        )
    if encoding is not None:
        raise UserError(
            f"{argument('encoding')} goes with a text, such as a CSV file; {path.name} says itself how it is encoded."
        )
    return _READERS[ending](content, path.name)


def missing(path: Path) -> UserError:
    """Return the error for a file that does not exist, with what may have been meant."""
    folder = path.parent
    try:
        there = sorted(str(found) for found in folder.iterdir() if is_table(found.name))
    except OSError:
        return UserError(f"There is no file {path}, and no folder {folder}.")
    # a name without the ending of the compression, or of another format
    alike = [name for name in there if stem(Path(name)) == stem(path)]
    near = closest(path.name, [Path(name).name for name in there])
    meant = alike[:1] if len(alike) == 1 else [str(folder / name) for name in near]
    asked = f" Did you mean {' or '.join(map(shown, meant))}?" if meant else ""
    known = f" Tables there: {listed_names(Path(name).name for name in there)}." if there else ""
    return UserError(
        f"There is no file {path}.{asked or known}",
        instead=(str(path), meant[0]) if len(meant) == 1 else None,
    )


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder; expected a file with a table.")
        _check_memory(path)
        return path.read_bytes()
    except FileNotFoundError:
        raise missing(path) from None
    except UserError:
        raise
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise UserError(f"Cannot read {path}: {said}.") from None


_FACTOR = 5
"""Memory that reading takes, as a multiple of the size of a file in text form."""


def _check_memory(path: Path) -> None:
    """Raise a UserError if a file is too large for the free memory."""
    needed, free = _FACTOR * path.stat().st_size, _free_memory()
    if needed > free:
        raise UserError(
            f"{path.name} has {path.stat().st_size / 1e9:,.1f} GB, so reading it needs about {needed / 1e9:,.0f} GB of "
            f"memory, and {free / 1e9:,.0f} GB are free. Give fewer rows, such as every tenth, or fewer columns."
        )


def _free_memory() -> float:
    """Return the bytes of memory that are free, also where caches use them; infinite if that is not known."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        return 1024.0 * int(text.partition("MemAvailable:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        return math.inf


def _unpacked(path: Path, data: bytes) -> tuple[str, bytes]:
    """Return the name and content of a file after taking it out of its compression.

    Raises:
        UserError: it is damaged, or holds several files.
    """
    ending = path.suffix.lower()
    try:
        if ending == ".gz":
            return path.stem, gzip.decompress(data)
        if ending == ".zst":
            import pyarrow as pa

            with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
                return path.stem, bytes(stream.read())
        if ending == ".zip":
            return _of_archive(path, data)
    except (
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
    ) as error:
        raise badly_packed(path, error) from None
    return path.name, data


def badly_packed(path: Path, error: Exception) -> UserError:
    """Return the error for a compressed file that is damaged."""
    return UserError(
        argument=path.name,
        expected=f"a {path.suffix.lower()} file",
        received=Unquoted(f"a damaged one ({error})"),
        advice="Copy or download it again.",
    )


def _of_archive(path: Path, data: bytes) -> tuple[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [
            name
            for name in archive.namelist()
            if not name.endswith("/") and not name.startswith("__MACOSX")
        ]
        if len(inside) > 1:
            inside = [name for name in inside if is_table(name)] or inside
        if len(inside) != 1:
            raise UserError(
                argument=path.name,
                verb="hold",
                expected="one file",
                received=Unquoted(f"{len(inside)}: {listed_names(inside)}" if inside else "none"),
                advice="Unpack it, and name the one that is meant.",
            )
        return inside[0], archive.read(inside[0])
