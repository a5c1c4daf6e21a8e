"""Lines that are too long, broken at brackets as `ruff format` does."""

from __future__ import annotations

from collections.abc import Iterator

from bridle.recipes.code import WIDTH

_CLOSING = {")": "(", "]": "[", "}": "{"}


def broken(text: str) -> str:
    """Return code whose lines fit, as far as brackets allow it; comments and texts stay as they are.

    Args:
        text: code.
    """
    return "\n".join(line for whole in text.split("\n") for line in _fitted(whole))


def _fitted(line: str) -> Iterator[str]:
    """Yield a line, or the lines that it is broken into."""
    if len(line) <= WIDTH or "  # " in line or line.lstrip().startswith(("#", '"""')):
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()))
    for start, end in _groups(line):
        inside = line[start + 1 : end]
        if len(line[: start + 1]) > WIDTH or len(indent + line[end:]) > WIDTH:
            continue
        yield line[: start + 1]
        if len(indent) + 4 + len(inside) <= WIDTH:
            yield f"{indent}    {inside}"
        elif " for " in inside:  # a generator
            made, _, over = inside.partition(" for ")
            yield f"{indent}    {made}"
            yield from _fitted(f"{indent}    for {over}")
        else:
            for part in _parts(inside):
                yield from _fitted(f"{indent}    {part},")
        yield indent + line[end:]
        return
    yield line


def _groups(line: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of outermost brackets with something inside, the last first."""
    end, depth = -1, 0
    for at in reversed(range(len(line))):
        if line[at] in _CLOSING:
            end, depth = (at, 1) if depth == 0 else (end, depth + 1)
        elif line[at] in _CLOSING.values():
            depth -= 1
            if depth == 0 and end > at + 1:
                yield at, end


def _parts(inside: str) -> list[str]:
    """Return what stands between commas outside of brackets."""
    found, depth = [""], 0
    for sign in inside:
        depth += (sign in _CLOSING.values()) - (sign in _CLOSING)
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [part.strip() for part in found if part.strip()]
