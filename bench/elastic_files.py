"""The programs of a genuine Elasticsearch node: Elastic's own archive, fetched once, and a Java that can run it."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import platformdirs

VERSION = "9.1.4"
ARCHIVE = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
"""The full server with the modules for transport and security: what Elastic publishes for tests of integration."""

SHA256 = "21fef423ddbb6340027033af0a332b7edc02535fc3638e065835de3eafd4dbed"

JAVA = 21
"""The oldest version that the server starts with."""

JAVA_HOMES = Path("/usr/lib/jvm")
"""Where Linux distributions keep each Java, all but one off the PATH."""

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
"""Gives a file out of Maven's own repository, wherever that is, and fetches it before where it is not there yet."""

_LONGEST_FETCH = 900
"""Seconds, for 96 MB."""


class MissingProgram(RuntimeError):
    """There is no node to start on this machine before something is installed; the message says what."""


def default_cache() -> Path:
    """The user's; root's is the system's, where others may read it, too."""
    find = platformdirs.site_cache_path if os.geteuid() == 0 else platformdirs.user_cache_path
    return find("tinymovements", appauthor=False)


def find_programs(cache: Path) -> Path:
    """The unpacked archive in this folder: fetched by the first call, and found by every later one."""
    programs = cache / f"elasticsearch-{VERSION}"
    if programs.is_dir():
        return programs
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "elasticsearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds it done
        if not programs.is_dir():
            partial = cache / f"{programs.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)  # of one who was killed
            try:
                unpack(_fetch(partial), programs, SHA256)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return programs


def _fetch(folder: Path) -> Path:
    """The archive in this folder."""
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingProgram("There is no Maven to fetch Elasticsearch with: install the system's `maven`.")
    command = [maven, "-q", "-B", _COPY, f"-Dartifact={ARCHIVE}", f"-DoutputDirectory={folder}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=_LONGEST_FETCH)
    if ended.returncode != 0:
        raise RuntimeError(f"Maven could not fetch Elasticsearch: {ended.stdout.strip()[-2000:]}")
    return folder / f"elasticsearch-{VERSION}.zip"


def unpack(archive: Path, to: Path, sha256: str) -> None:
    """The one folder that the archive holds: complete or not at all, and for everybody to read. Raises on another checksum."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise RuntimeError(
            f"{archive.name} is not the archive that was pinned, and was not unpacked: its SHA-256 is {found}, not {sha256}. "
            "Remove it from Maven's repository, and let it be fetched again."
        )
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(archive.parent)
    (unpacked,) = (folder for folder in archive.parent.iterdir() if folder.is_dir())
    for path in (unpacked, *unpacked.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    unpacked.rename(to)


def find_java() -> Path:
    """The home of the first Java that is new enough: the one of JAVA_HOME, of the PATH, or any that the system keeps."""
    named, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    homes = [
        *([Path(named)] if named else []),
        *([Path(on_path).resolve().parents[1]] if on_path else []),
        *sorted(JAVA_HOMES.glob("*")),
    ]
    for home in homes:
        if _version(home / "bin" / "java") >= JAVA:
            return home
    raise MissingProgram(
        f"There is no Java {JAVA} or later to start Elasticsearch with: install one, or set JAVA_HOME to its folder."
    )


def _version(java: Path) -> int:
    if not os.access(java, os.X_OK):
        return 0
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0
