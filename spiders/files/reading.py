"""Opens what people hand in: plain, .gz or .zip, in any of the usual encodings, and bounded whatever it unpacks to."""

import codecs
import gzip
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TextIO, cast

from spiders.files.contract import ImportOptions, ignore
from tinymovements.errors import FileError, FormatError

Opener = Callable[[], AbstractContextManager[IO[bytes]]]

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

_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Bytes of UTF-8 that somebody read as Windows-1252 and saved as UTF-8 again: `Ã¤` for ä, `â€“` for a dash. No language writes so.
_FOLLOWING = re.escape(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore"))
_TWICE = re.compile(f"[Ã-ß][{_FOLLOWING}]|[à-ï][{_FOLLOWING}]{{2}}|[ð-ô][{_FOLLOWING}]{{3}}")

_UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
_TITLES = {"cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
"""How encodings are called that were guessed and not stated."""

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
            check_size(sum(member.file_size for member in archive.infolist()), path.stat().st_size, path)
            yield archive


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> io.BufferedReader:
    """One file of an archive. Raises `FormatError` where it is encrypted, packed in a rare way, out of proportion, or no file."""
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FormatError(f"{path} holds a link instead of a file.", "Pack the file itself.")
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
                yield _plain(stream, path)
            return
        with io.BufferedReader(_Counted(path, advance)) as raw:
            if magic.startswith(b"\x1f\x8b"):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield _plain(io.BufferedReader(_Bounded(cast(IO[bytes], unpacked), path.stat().st_size, path)), path)
            else:
                yield raw


def _plain(stream: io.BufferedReader, path: Path) -> io.BufferedReader:
    """The stream itself. Raises `FormatError` where what was unpacked is packed again."""
    if stream.peek(4).startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise FormatError(f"{path} holds another packed file.", "Unpack it once and name what was in it.")
    return stream


def _only_file(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    # Folders, and the shadow that macOS packs beside every file, are none.
    aside = re.compile(r"__MACOSX/|.*/$", re.DOTALL)
    files = [member for member in archive.infolist() if not aside.match(member.filename)]
    if len(files) != 1:
        raise FormatError(f"{path} holds {len(files)} files, not one.", "Unpack it and name the files you mean.")
    return files[0]


@contextmanager
def open_files(path: Path, advance: Callable[[int], None]) -> Iterator[Mapping[str, Opener]]:
    """What a folder, a zip or a single file holds, by name."""
    if path.is_dir():
        yield {file.relative_to(path).as_posix(): partial(open_bytes, file, advance) for file in _files_in(path)}
    elif zipfile.is_zipfile(path):
        with open_zip(path, advance) as archive:
            members = (member for member in archive.infolist() if not member.filename.endswith("/"))
            yield {member.filename: partial(open_member, archive, member, path) for member in members}
    elif path.suffix == ".zip":
        raise damaged(path)
    else:
        yield {path.name: partial(open_bytes, path, advance)}


def _files_in(path: Path) -> Iterator[Path]:
    """The files of a folder and the folders in it. Raises `FileError` at one that may not be looked into, rather than miss it."""

    def fail(error: OSError) -> None:
        raise FileError(f"{error.filename} cannot be read: {error.strerror}.", "Check its rights.")

    for folder, _, names in os.walk(path, onerror=fail):
        files = (Path(folder, name) for name in names)
        yield from (file for file in files if file.is_file() and not file.is_symlink())


@contextmanager
def open_text(path: Path, options: ImportOptions) -> Iterator[TextIO]:
    """The text of a file in its own line ends. Bytes that are none in its encoding come as `ESCAPED`."""
    with open_bytes(path) as stream:
        encoding = _encoding(stream, path)
    if encoding not in _UNICODE:
        options.tell(f"{path.name} is not UTF-8: read as {_TITLES[encoding]}.")
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    with open_bytes(path, options.advance) as stream, io.TextIOWrapper(stream, encoding, errors, newline="") as text:
        yield text


def _encoding(stream: IO[bytes], path: Path) -> str:
    """By the byte order mark, else UTF-8 unless more of it is not UTF-8 than is: then a Windows program of the West wrote it.

    The whole file is looked at, for the first letter that tells may stand in the last row. Raises `FormatError` where its letters
    were spoiled before.
    """
    chunk = stream.read(_CHUNK)
    if marked := _marked(chunk):
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = right = twice = 0
    while chunk:
        text = decoder.decode(chunk)
        if not text.isascii():
            bad = len(ESCAPED.findall(text))
            wrong, right = wrong + bad, right + len(chunk) - len(text)  # two bytes are one letter
            twice += sum(len(found.encode()) for found in _TWICE.findall(text))
        chunk = stream.read(_CHUNK)
    if twice > max(wrong, right - twice):
        raise FormatError(
            f"{path} was saved in a wrong encoding once: it has Ã¤ and the like for ä.",
            "Get it anew, or put it right: iconv -f utf-8 -t cp1252 FILE > NEW_FILE",
        )
    return "cp1252" if wrong > right else "utf-8"


def _marked(beginning: bytes) -> str | None:
    """The encoding that a mark at the beginning states, or the zeros that every other byte of UTF-16 is in the West."""
    if beginning.startswith(_UTF_32):  # first, for the mark of UTF-16 is the beginning of one of these
        return "utf-32"
    if beginning.startswith(_UTF_16):
        return "utf-16"
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    pairs = len(beginning) // 2
    first, second = beginning[::2].count(0), beginning[1::2].count(0)
    if max(first, second) * 2 > pairs > min(first, second) * 50:
        return "utf-16-be" if first > second else "utf-16-le"
    return None


def skip_line(stream: TextIO) -> None:
    """Read to the end of a line that is too long to be read whole."""
    while (more := stream.readline(_CHUNK)) and not more.endswith(("\n", "\r")):
        pass
