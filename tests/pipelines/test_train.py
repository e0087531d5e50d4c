"""Training learns what separates texts, gives the same bytes twice, and says what it lacks."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines import adapter, blend, movements, needs
from pipelines import train as training
from pipelines.assemble import build, make_doc
from pipelines.examples import Example, read_corpus, read_posts, read_rows
from pipelines.held_out import FILE, HeldOut, key
from pipelines.held_out import load as load_held_out
from pipelines.linear import LinearModel
from pipelines.train import sentence_targets, train
from pipelines.words import WordsComponent
from tinymovements.errors import FileError, FormatError, PipelineError

Rows = Callable[[str, str], list[Example]]


def _example(number: int, voice: str, words: str, found: set[str]) -> Example:
    ids = frozenset(found)
    return Example(
        id=f"{voice}-{number}",
        text=f"{words} {number}. We need help {words}.",
        language="en",
        required=ids,
        allowed=ids,
        initiative=bool(found),
        self_organised=bool(found),
        group=voice,
        register="post",
        needs=(f"We need help {words}",) if found else (),
        offers=(),
        asks=(),
    )


def _examples() -> list[Example]:
    from tinymovements.taxonomy import load_taxonomy

    made = []
    for voice in ("a", "b", "c"):
        for number, id in enumerate(load_taxonomy().ids):
            made += [_example(number, voice, f"{id} {id}", {id}), _example(number + 100, voice, "lost cat", set())]
        said = {"id": f"{voice}-x", "text": "Free tools. Mend the lamp!", "offers": ("Free tools",), "asks": ("Mend the lamp",)}
        made.append(replace(made[-1], **said))  # type: ignore[arg-type]
    return made


@pytest.fixture
def held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an encoder that had not seen these texts would have said: the same as people, and of every second one the contrary."""
    texts, of_sentences = {}, {}
    labels = adapter.load().texts.labels
    for number, example in enumerate(_examples()):
        sure = 4.0 if number % 5 else -4.0
        given = example.required | ({"initiative", "self_organised"} if example.initiative else set())
        texts[key(example.whole)] = np.array([sure if label in given else -sure for label in labels], dtype=np.float32)
        of_sentences[key(example.whole)] = np.where(sentence_targets([example])[0] > 0, sure, -sure).astype(np.float32)
    kept = HeldOut(texts, of_sentences, frozenset(texts))
    monkeypatch.setattr(training, "load_held_out", lambda: kept)


@pytest.mark.usefixtures("held_out")
def test_it_learns_what_separates_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        train(_examples(), tmp_path / folder, lambda line: None)
    names = sorted((blend.FILE.name, movements.MODEL.name, needs.MODEL.name))
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    model, weighed = LinearModel.load(tmp_path / "one" / movements.MODEL.name), blend.read(tmp_path / "one" / blend.FILE.name)
    doc = make_doc(build(), None, "street-art street-art")
    doc._.language = "en"
    told = movements.MovementsComponent(model, weighed)(WordsComponent(model, weighed.worth_reading)(doc))._.scores
    assert max(told, key=told.__getitem__) == "street-art"


@pytest.mark.usefixtures("held_out")
def test_where_words_are_right_more_often_than_vectors_they_weigh_more(tmp_path: Path) -> None:
    train(_examples(), tmp_path, lambda line: None)
    weighing = blend.read(tmp_path / blend.FILE.name).labels["street-art"]
    assert weighing.words > weighing.vector > 0


@pytest.mark.usefixtures("held_out")
def test_what_a_post_asks_of_the_city_counts_for_self_organised_alone(tmp_path: Path) -> None:
    train(_examples(), tmp_path, lambda line: None)
    weighed = blend.read(tmp_path / blend.FILE.name)
    assert {label for label, weighing in weighed.labels.items() if weighing.asks} == {movements.SELF_ORGANISED}
    assert set(weighed.clauses) == {"need", "offer", "ask"}


def test_a_training_that_is_broken_off_leaves_all_old_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*given: object) -> None:
        raise KeyboardInterrupt

    old = dict.fromkeys((movements.MODEL.name, needs.MODEL.name, blend.FILE.name), b"old")
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(training, "weigh_both", broken_off)
    with pytest.raises(KeyboardInterrupt):
        train(_examples(), tmp_path, lambda line: None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_what_was_held_out_comes_back_from_its_file() -> None:
    kept = load_held_out()
    assert kept.to_bytes() == FILE.read_bytes()
    assert set(kept.texts) | set(kept.sentences) <= kept.seen
    corpus = read_corpus()
    assert {key(example.whole) for example in corpus} <= kept.seen
    known = [example for example in corpus if key(example.whole) in kept.sentences]
    assert len(known) > len(corpus) / 2
    assert all(len(kept.sentences[key(example.whole)]) == len(sentence_targets([example])[0]) for example in known)


def test_the_files_that_ship_come_back_as_the_same_bytes() -> None:
    assert adapter.load().to_bytes() == adapter.FILE.read_bytes()
    assert blend.load().to_bytes() == blend.FILE.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"labels": {}, "registers": [], "clauses": {}, "worth_reading": 1}',
        b'{"labels": {}, "registers": {}, "worth_reading": 1}',
        b'{"labels": {"a": {}}}',
    ],
)
def test_a_broken_blend_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "blend.json"
    path.write_bytes(content)
    with pytest.raises(PipelineError, match=r"blend\.json cannot be read"):
        blend.read(path)


def test_a_single_voice_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="two voices"):
        train([example for example in _examples() if example.group == "a"], tmp_path, lambda line: None)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "1"}\n', "utf-8")
    with pytest.raises(FormatError, match="line 1"):
        list(read_posts(path))
    with pytest.raises(FileError, match="cannot be read"):
        list(read_posts(tmp_path / "none.jsonl"))


def test_rows_are_joined_with_their_labels(tmp_path: Path) -> None:
    texts, labels = tmp_path / "rows.csv", tmp_path / "labels.tsv"
    texts.write_text('id,round,title,texts\n1,2,Katto,"Maalataan\n\nseinä"\n2,1,,Muuta tekstiä\n3,1,,ei merkitty\n', "utf-8")
    labels.write_text("key\tmovements\tself_organised\n1-2\tstreet-art;diy-urbanism\ty\n2-1\t\tn\n", "utf-8")
    first, second = read_rows(texts, labels)
    assert (first.id, first.text) == ("1-2", "Maalataan\n\nseinä")
    assert first.required == {"street-art", "diy-urbanism"}
    assert (second.required, second.self_organised) == (frozenset(), False)
    labels.write_text("key\tmovements\n", "utf-8")
    with pytest.raises(FormatError, match="self_organised"):
        list(read_rows(texts, labels))


LABELS = "key\tmovements\tself_organised\n"


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Rows of two tables, read."""

    def read(texts: str, labels: str) -> list[Example]:
        (tmp_path / "rows.csv").write_text(texts, "utf-8")
        (tmp_path / "labels.tsv").write_text(labels, "utf-8")
        return list(read_rows(tmp_path / "rows.csv", tmp_path / "labels.tsv"))

    return read


def test_tables_as_spreadsheets_write_them(rows: Rows) -> None:
    labels = f"\ufeff{LABELS}1\t street-art ; diy-urbanism;\ty \n\t\t\n\n2\t\tn\n"
    first, second = rows("\ufeffid,texts\n1,Maalataan\n2,Muuta\n", labels)
    assert (first.id, first.required, first.self_organised) == ("1", frozenset({"street-art", "diy-urbanism"}), True)
    assert (second.required, second.self_organised) == (frozenset(), False)
    [only] = rows("texts\nMaalataan\n", f"{LABELS}Maalataan\tstreet-art\ty\n")
    assert only.text == "Maalataan"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1\tstreet art\ty", "there is no movement 'street art'"),
        ("1\tstreet-art\tyes", "self_organised is 'yes', and neither y nor n"),
        ("1\tstreet-art", "self_organised is '', and neither y nor n"),
        ("1", "self_organised is '', and neither y nor n"),
    ],
)
def test_a_label_that_is_none_is_named_with_its_line(rows: Rows, line: str, says: str) -> None:
    with pytest.raises(FormatError, match=f"labels.tsv, line 4: {says}"):
        rows("id,texts\n1,Maalataan\n", f"{LABELS}2\t\tn\n\n{line}\n")


def test_texts_without_a_column_of_texts_are_refused(rows: Rows) -> None:
    with pytest.raises(FormatError, match=r"rows\.csv lacks a column texts or activities"):
        rows("id;texts\n1;Maalataan\n", f"{LABELS}1\tstreet-art\ty\n")


def _post(*, required: list[str], allowed: list[str]) -> str:
    said = {"movements": {"required": required, "allowed": allowed}, "initiative": True, "self_organised": True}
    gold = said | {"needs": [], "offers": [], "asks": []}
    return json.dumps({"id": "1", "language": "fi", "title": None, "text": "Maalataan", "gold": gold})


def test_what_is_required_is_allowed_and_the_mark_of_utf8_no_part_of_a_post(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("\ufeff" + _post(required=["street-art"], allowed=["diy-urbanism"]), "utf-8")
    [post] = read_posts(path)
    assert post.required == {"street-art"}
    assert post.allowed == {"street-art", "diy-urbanism"}


def test_a_post_of_no_movement_that_there_is_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("\n" + _post(required=[], allowed=["street-arts"]), "utf-8")
    with pytest.raises(FormatError, match=r"line 2: there is no movement 'street-arts'.*Did you mean street-art"):
        list(read_posts(path))
