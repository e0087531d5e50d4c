"""Training learns what separates texts, gives the same bytes twice, and says what it lacks."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import movements, needs
from pipelines.assemble import build
from pipelines.examples import Example, read_posts, read_rows
from pipelines.linear import LinearModel
from pipelines.train import train
from tinymovements.errors import FileError, FormatError


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


def test_it_learns_what_separates_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        train(_examples(), tmp_path / folder, lambda line: None)
    for name in (movements.MODEL.name, needs.MODEL.name):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [movements.MODEL.name, needs.MODEL.name]
    doc = build().make_doc("street-art street-art")
    doc._.language = "en"
    told = movements.MovementsComponent(LinearModel.load(tmp_path / "one" / movements.MODEL.name))(doc)._.scores
    assert max(told, key=told.__getitem__) == "street-art"


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
