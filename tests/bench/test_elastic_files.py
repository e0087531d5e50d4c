"""The programs of an Elasticsearch node: refused where they are not the pinned ones, made once, and what to install is told."""

import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import elastic_files
from bench.elastic_files import MissingProgram, find_java, find_programs, unpack


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """What Maven keeps, made small."""
    path = tmp_path / "maven" / "node.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("elasticsearch-9.1.4/bin/elasticsearch", "#!/bin/sh\n")
        packed.writestr("elasticsearch-9.1.4/lib/server.jar", "classes")
        packed.mkdir("elasticsearch-9.1.4/plugins")
    return path


@pytest.fixture
def fetches(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A line for each time that Maven was asked for the archive, which it gives."""
    told = tmp_path / "fetches"
    told.touch()
    gives = f'for last; do :; done; mkdir -p "${{last#*=}}"; cp {archive} "${{last#*=}}/elasticsearch-9.1.4.zip"'
    program(tmp_path / "path" / "mvn", f"echo fetched >>{told}; {gives}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setattr(elastic_files, "SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    return told


def program(path: Path, does: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


def java(home: Path, version: str) -> Path:
    program(home / "bin" / "java", f"""echo 'openjdk version "{version}" 2026-01-20' >&2""")
    return home


def test_another_archive_than_the_pinned_one_is_refused_and_nothing_is_unpacked(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"node\.zip is not the archive that was pinned.*SHA-256.*not 0{64}"):
        unpack(archive, tmp_path / "programs", "0" * 64)
    assert not (tmp_path / "programs").exists()
    assert list(archive.parent.iterdir()) == [archive]


def test_everybody_may_read_what_is_unpacked_and_run_its_programs(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "programs", hashlib.sha256(archive.read_bytes()).hexdigest())
    modes = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in (tmp_path / "programs").rglob("*")}
    assert modes == {
        "programs/bin": 0o755,
        "programs/bin/elasticsearch": 0o755,
        "programs/lib": 0o755,
        "programs/lib/server.jar": 0o644,
        "programs/plugins": 0o755,
    }


def test_of_many_who_need_it_at_once_one_fetches_it(fetches: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(find_programs, [tmp_path / "cache"] * 4))
    (programs,) = found
    assert (programs / "bin" / "elasticsearch").exists()
    assert fetches.read_text() == "fetched\n"
    assert sorted(path.name for path in programs.parent.iterdir()) == ["elasticsearch-9.1.4", "elasticsearch.lock"]


def test_what_a_killed_one_left_behind_is_done_again(fetches: Path, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "elasticsearch-9.1.4.partial" / "elasticsearch-9.1.4" / "lib"
    left.mkdir(parents=True)
    assert (find_programs(tmp_path / "cache") / "bin").is_dir()
    assert not left.parents[1].exists()


def test_what_is_there_is_found_without_maven(fetches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = find_programs(tmp_path / "cache")
    monkeypatch.setenv("PATH", "")
    assert find_programs(tmp_path / "cache") == programs


def test_without_maven_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingProgram, match="install the system's `maven`"):
        find_programs(tmp_path / "cache")


def test_what_maven_says_of_a_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "path" / "mvn", "echo '[ERROR] Unknown host'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    with pytest.raises(RuntimeError, match="Unknown host"):
        find_programs(tmp_path / "cache")


def test_the_first_java_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "named", "1.8.0_392")))
    monkeypatch.setenv("PATH", f"{java(tmp_path / 'found', '17.0.15') / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(elastic_files, "JAVA_HOMES", tmp_path / "kept")
    java(tmp_path / "kept" / "java-17", "17.0.15")
    kept = java(tmp_path / "kept" / "java-21", "21.0.5")
    assert find_java() == kept
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "new", "25-ea")))
    assert find_java() == tmp_path / "new"


def test_without_java_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(elastic_files, "JAVA_HOMES", tmp_path)
    with pytest.raises(MissingProgram, match="no Java 21 or later"):
        find_java()
