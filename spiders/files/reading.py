"""Opens what people hand in: plain, .gz or .zip, in any of the usual encodings, and bounded whatever it unpacks to."""

import codecs
import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO, cast

from spiders.files.contract import ImportOptions, ignore
from tinymovements.errors import FileError, FormatError

LONGEST_RECORD = 4 * 1024 * 1024
"""Characters of one row. The longest post that Facebook takes has 63,206; this is what memory may grow to."""

RATIO = 200
"""Deflated JSON and CSV shrink to a tenth, repetitive ones to a fiftieth; a bomb to a thousandth."""

HARMLESS = 64 * 1024 * 1024
"""Bytes that may unpack at any ratio."""

LARGEST = 20 * 1024**3
"""Bytes that one file may unpack to."""

ESCAPED = re.compile("[\udc80-\udcff]")
"""Bytes that the file's encoding does not have, as `surrogateescape` passes them on."""

_GARBLED = (ValueError, IndexError, RuntimeError, struct.error)
"""What zipfile raises over a broken directory, besides its own error."""

_CHUNK = 64 * 1024


class _Counted(io.FileIO):
    """A file that says how much of it was read."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        super().__init__(path)
        self._advance = advance

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Reads on, and tells."""
        count = super().readinto(buffer) or 0
        self._advance(count)
        return count


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in an error where it grows out of proportion."""

    def __init__(self, stream: IO[bytes], packed: int, path: Path) -> None:
        self._stream, self._packed, self._path, self._size = stream, packed, path, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Reads on. Raises `FormatError` at the bound."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._size += len(data)
        check_size(self._size, self._packed, self._path)
        return len(data)


def check_size(unpacked: int, packed: int, path: Path) -> None:
    """Raises `FormatError` where a file is, or says it will be, out of proportion."""
    if unpacked > LARGEST or unpacked > max(HARMLESS, packed * RATIO):
        raise FormatError(f"{path} unpacks to far more than a file of posts would.", "Unpack it yourself if you trust it.")


def damaged(path: Path) -> FormatError:
    """The error of a file that cannot be unpacked to its end."""
    return FormatError(f"{path} is damaged or not complete.", "Get it again; what was imported of it before is kept.")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns what reading and unpacking raise into one sentence."""
    try:
        yield
    except (EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile):
        raise damaged(path) from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or 'it is damaged'}.", "Check the file and its rights.") from None


@contextmanager
def open_zip(path: Path, advance: Callable[[int], None]) -> Iterator[zipfile.ZipFile]:
    """The archive; its members are read, never extracted."""
    with plain_errors(path), io.BufferedReader(_Counted(path, advance)) as raw:
        try:
            archive = zipfile.ZipFile(raw)
        except _GARBLED:
            raise damaged(path) from None
        with archive:
            yield archive


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> IO[bytes]:
    """One file of an archive. Raises `FormatError` where it is encrypted, packed in a rare way or out of proportion."""
    if member.flag_bits & 0x1:
        raise FormatError(f"{path} is encrypted.", "Unpack it with its password, or pack it without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FormatError(f"{path} is packed in a way that is not read.", "Pack it as an ordinary .zip, or unpack it.")
    check_size(member.file_size, member.compress_size, path)
    try:
        stream = archive.open(member)
    except _GARBLED:
        raise damaged(path) from None
    return io.BufferedReader(_Bounded(stream, member.compress_size, path))


@contextmanager
def open_bytes(path: Path, advance: Callable[[int], None] = ignore) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is a .gz or a .zip of one file; told by how it begins, not by its name."""
    with plain_errors(path):
        with path.open("rb") as file:
            magic = file.read(4)
        if not magic:
            raise FormatError(f"{path} is empty.", "Check that it was saved or downloaded to its end.")
        if magic.startswith(b"PK"):
            with open_zip(path, advance) as archive, open_member(archive, _only_file(archive, path), path) as stream:
                yield stream
            return
        with io.BufferedReader(_Counted(path, advance)) as raw:
            if magic.startswith(b"\x1f\x8b"):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield io.BufferedReader(_Bounded(cast(IO[bytes], unpacked), path.stat().st_size, path))
            else:
                yield raw


def _only_file(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    # Folders, and the shadow that macOS packs beside every file, are none.
    aside = re.compile(r"__MACOSX/|.*/$", re.DOTALL)
    files = [member for member in archive.infolist() if not aside.match(member.filename)]
    if len(files) != 1:
        raise FormatError(f"{path} holds {len(files)} files, not one.", "Unpack it and name the files you mean.")
    return files[0]


@contextmanager
def open_text(path: Path, options: ImportOptions) -> Iterator[TextIO]:
    """The text of a file in its own line ends. Bytes that are none in its encoding come as `ESCAPED`."""
    with open_bytes(path) as stream:
        encoding = _encoding(stream)
    if encoding == "cp1252":
        options.tell(f"{path.name} is not UTF-8: read as Windows-1252.")
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    with open_bytes(path, options.advance) as stream, io.TextIOWrapper(stream, encoding, errors, newline="") as text:
        yield text


def _encoding(stream: IO[bytes]) -> str:
    """By the byte order mark, else UTF-8 unless more of it is not UTF-8 than is: then a Windows program of the West wrote it.

    The whole file is looked at, for the first letter that tells may stand in the last row.
    """
    chunk = stream.read(_CHUNK)
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if chunk.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = right = 0
    while chunk:
        text = decoder.decode(chunk)
        if not text.isascii():
            bad = len(ESCAPED.findall(text))
            wrong, right = wrong + bad, right + len(chunk) - len(text)  # two bytes are one letter
        chunk = stream.read(_CHUNK)
    return "cp1252" if wrong > right else "utf-8"


def skip_line(stream: TextIO) -> None:
    """Read to the end of a line that is too long to be read whole."""
    while (more := stream.readline(_CHUNK)) and not more.endswith(("\n", "\r")):
        pass
