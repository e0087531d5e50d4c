"""The encoder turns texts into vectors of their meaning, whatever is read beside them, and says what is wrong with its files."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import adapter, weights
from pipelines.encoder import WINDOW, Encoder, make, name
from pipelines.sentences import sentences
from pipelines.vectors import meanings, pack, parts, unpack
from tinymovements.errors import FileError, PipelineError

GARDEN = "Naapurit viljelevät yhdessä kasveja pihalla.", "Grannarna odlar grönsaker tillsammans på gården."
CAR = "Myydään vähän ajettu auto, nouto Porista."


@pytest.fixture(scope="module")
def encoder(encoder_home: Path) -> Encoder:
    return Encoder(make(encoder_home, print), 2)


def _wholes(encoder: Encoder, *texts: str) -> np.ndarray:
    return np.array([meaning.whole - adapter.load().mean for meaning in encoder.encode([parts(text) for text in texts])])


def test_the_same_in_two_languages_is_nearer_than_another_thing_in_one(encoder: Encoder) -> None:
    finnish, swedish, car = _wholes(encoder, *GARDEN, CAR)
    assert finnish @ swedish > finnish @ car


def test_a_text_has_the_same_vectors_alone_as_among_others(encoder: Encoder) -> None:
    texts = [*GARDEN, CAR, "Moi!", "", f"{CAR} {GARDEN[0]}\n{GARDEN[1]}", "Tuletko talkoisiin? " * 90]
    together = meanings(encoder, adapter.load(), texts)
    assert together == [meanings(encoder, adapter.load(), [text])[0] for text in texts]


def test_a_vector_says_the_same_alone_as_among_others() -> None:
    head, size = adapter.load().texts, 40
    vectors = np.random.default_rng(1).normal(size=(size, head.weights.shape[0])).astype(np.float32)
    together = head.log_odds(vectors)
    assert all(np.array_equal(head.log_odds(vectors[number]), together[number]) for number in range(size))


def test_each_part_has_a_vector_of_length_one(encoder: Encoder) -> None:
    (meaning,) = encoder.encode([parts(f"{GARDEN[0]} {CAR}")])
    assert meaning.parts.shape == (2, weights.WIDTH)
    assert np.allclose(np.linalg.norm([meaning.whole, *meaning.parts], axis=1), 1, atol=1e-5)


def test_what_stands_beyond_a_window_counts_and_what_is_endless_is_bounded(encoder: Encoder) -> None:
    long = " ".join([GARDEN[0]] * WINDOW)
    alone, with_end, endless = encoder.encode([[long[:2000]], [long[:2000], CAR * 30], ["talkoot " * 60_000, "loppu"]])
    assert not np.allclose(alone.whole, with_end.whole)
    assert np.isfinite(endless.whole).all()
    assert not endless.parts[1].any()


def test_odd_texts_have_vectors(encoder: Encoder) -> None:
    for meaning in encoder.encode([[], [""], ["\u0000\u00ad"], ["🤍🤍"], ["что-то"], ["ﬁ Ａ"]]):
        assert np.isfinite(meaning.whole).all()
        assert meaning.whole.any()


@given(st.text(max_size=300))
def test_the_parts_of_a_text_are_the_text(text: str) -> None:
    assert "".join(parts(text)) == text
    assert len(parts(text)) == max(1, sum(1 for _ in sentences(text)))


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20))
@settings(max_examples=200)
def test_a_vector_is_kept_to_a_part_in_a_hundred(numbers: list[float]) -> None:
    vector = np.array(numbers, dtype=np.float32)
    again = unpack(pack(vector))
    assert np.abs(again - vector).max() <= max(np.abs(vector).max() / 100, 1e-6)
    assert pack(again) == pack(unpack(pack(again)))


def test_it_is_made_once_and_named_by_what_it_is_made_of(encoder_home: Path) -> None:
    told: list[str] = []
    folder = make(encoder_home, told.append)
    assert folder.name == name()
    assert told == []
    assert [path.name for path in folder.parent.iterdir()] == [name()]


def test_a_missing_or_broken_file_is_one_sentence(encoder_home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(make(encoder_home, print), tmp_path / "encoder", copy_function=_link)
    for broken in ("model.bin", "tokenizer.json", "characters.json"):
        (folder / broken).rename(tmp_path / broken)
        for content in (None, b"", b"[["):
            if content is not None:
                (folder / broken).write_bytes(content)
            with pytest.raises(PipelineError, match=r"cannot be used: .+ Remove that folder"):
                Encoder(folder, 1)
        (folder / broken).unlink()
        (tmp_path / broken).rename(folder / broken)
    Encoder(folder, 1)


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


@pytest.mark.parametrize(
    "change", [lambda content: b"", lambda content: b"E5S2" + content[4:], lambda content: content[:4_000_000]]
)
def test_weights_that_are_none_are_one_sentence(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / weights.FILE
    path.write_bytes(change(weights.find().read_bytes()))
    with pytest.raises(PipelineError, match="cannot be read as weights"):
        weights.read(path)


def test_other_weights_and_none_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "DIGEST", "0")
    with pytest.raises(PipelineError, match="is not the file"):
        weights.find()
    monkeypatch.setattr(weights, "PACKAGE", "no-such-package")
    with pytest.raises(PipelineError, match=r"cannot be read: .+TINYMOVEMENTS_ENCODER=false"):
        weights.find()


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "encoder").write_text("in the way")
    with pytest.raises(FileError, match="cannot be written"):
        make(tmp_path, lambda line: None)


def test_killed_while_it_is_made_it_is_made_the_next_time(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom pipelines import encoder\n"
        "encoder._tokenizer = lambda read: os.kill(os.getpid(), signal.SIGKILL)\nencoder.make(Path(sys.argv[1]), print)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, timeout=120, check=False)
    assert ended.returncode == -9
    assert not (tmp_path / "encoder" / name()).exists()
    Encoder(make(tmp_path, lambda line: None), 1)
