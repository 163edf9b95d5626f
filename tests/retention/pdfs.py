"""Reads the words back out of a PDF that typst wrote: enough of the format for our own documents, no more."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"^(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL | re.MULTILINE)
STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
# A string is glyph numbers of two bytes each. It is shown by itself (Tj), or among distances between strings (TJ).
STRING = re.compile(rb"\(((?:\\.|[^\\)])*)\)", re.DOTALL)
ONE = STRING.pattern
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|(\[(?:" + ONE + rb"|[^\]()])*\])TJ|(" + ONE + rb")Tj", re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(document: bytes) -> str:
    """Every word of the document, in the order in which it is set, with a space between blocks."""
    objects = {number: content for number, content in OBJECT.findall(document)}
    fonts: dict[bytes, bytes] = {}
    for content in objects.values():
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", content):
            assert fonts.setdefault(name, number) == number, "pages name their fonts alike"
    words, letters = [], {}
    for content in objects.values():
        for match in SHOWN.finditer(stream_of(content)):
            if match[1]:
                letters = letters_of(objects, fonts[match[1]])
            else:
                glyphs = b"".join(unescaped(string) for string in STRING.findall(match[2] or match[4]))
                words.append("".join(letters[glyphs[at : at + 2]] for at in range(0, len(glyphs), 2)))
    return " ".join(" ".join(words).split())


def letters_of(objects: dict[bytes, bytes], font: bytes) -> dict[bytes, str]:
    """What each glyph of a font stands for."""
    reference = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert reference
    pairs = re.findall(
        rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", stream_of(objects[reference[1]]).partition(b"beginbfchar")[2]
    )
    return {bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}


def stream_of(content: bytes) -> bytes:
    found = STREAM.search(content)
    if not found:
        return b""
    return zlib.decompress(found[1]) if b"/FlateDecode" in content[: found.start()] else found[1]


def unescaped(string: bytes) -> bytes:
    return ESCAPE.sub(lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else LETTERS.get(m[1], m[1]), string)
