"""Bodies of answers: streamed into a temporary file, unpacked on the way, never more than allowed."""

import tempfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from urllib3 import BaseHTTPResponse

PIECE = 65_536


class TooBig(Exception):
    """The body is larger than anything that the service has to say."""


class CutOff(Exception):
    """The body ends or breaks before its end."""


def save(raw: BaseHTTPResponse, most_bytes: int) -> BinaryIO:
    """The body in a temporary file that lasts until it is closed, its position at the beginning.

    Raises TooBig when more than `most_bytes` arrive or come out of the compression, CutOff when the compressed data
    does not end as it should.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        for piece in _limited(_plain(raw, most_bytes), most_bytes):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def _plain(raw: BaseHTTPResponse, most_bytes: int) -> Iterator[bytes]:
    packing = raw.headers.get("Content-Encoding", "identity").strip().lower()
    arriving = _limited(raw.stream(PIECE, decode_content=False), most_bytes)
    if packing in ("gzip", "x-gzip"):
        return _unpacked(arriving)
    if packing in ("identity", ""):
        return arriving
    raise CutOff(f"it is packed in a way that was not asked for: {packing[:20]!r}")


def _limited(pieces: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen += len(piece)
        if seen > most_bytes:
            raise TooBig(f"it sends more than {most_bytes:,} bytes")
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """At most `PIECE` bytes at a time, so that a bomb is noticed while it is small."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            rest, out = piece, b"go"
            while rest or len(out) == PIECE:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=31)  # one compressed file may follow another
                out = unpacker.decompress(rest, PIECE)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                yield out
    except zlib.error as error:
        raise CutOff(f"the compressed data is broken: {error}") from error
    if not unpacker.eof:
        raise CutOff("the compressed data ends early")
