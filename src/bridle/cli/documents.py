"""An answer in another form than words and tables: to a file, or to standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.files import file_to_write, write_file


@dataclass(frozen=True)
class Document:
    """What `--format` and `-o` ask for.

    Attributes:
        form: as `bridle.report.forms` names it.
        path: of the file; `None` for standard output.
    """

    form: str
    path: Path | None

    @classmethod
    def checked(cls, form: str, out: str | None, inputs: Iterable[str] = ()) -> Document:
        """Check both before anything is read.

        Raises:
            UserError: there is no such form, the file cannot be written, or a terminal cannot show it.
        """
        from bridle.report.forms import BINARY, checked

        form = checked(form)
        if out is None and form in BINARY and sys.stdout.isatty():
            raise UserError(f"--format {form} writes a file that no terminal shows. Add -o FILE.")
        return cls(form, None if out is None else file_to_write(out, "out", inputs))

    def write(self, content: bytes, output: Output) -> None:
        """Write a document, whole or not at all.

        Raises:
            UserError: the file cannot be written.
        """
        if self.path is not None:
            write_file(self.path, content)
            output.tell(f"Written: {self.path}")
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
