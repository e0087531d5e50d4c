"""What people say reaches search, facets, exports and training at once, and a file of it is kept whole or not at all."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.examples import Example
from search.query import Query
from tinymovements.archive import annotations, corrections, posts
from tinymovements.archive.corrections import Said
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.corrections import WORDS
from tinymovements.errors import CorrectionError, FileError, FormatError, UnknownPost
from tinymovements.model import Annotation, MovementScore, Place, Post
from tinymovements.settings import PREFIX, Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow import index
from tinymovements.workflow.correction_examples import corrected_examples
from tinymovements.workflow.corrections import Standing, say, say_file, standing, take_back, write_history
from tinymovements.workflow.export import export
from tinymovements.workflow.index import count_behind, index_posts
from tinymovements.workflow.search import search, show

Watch = Callable[[int], None]
KALLIO = Place(name="Helsinginkatu", lat=60.187, lon=24.958, district="Kallio", municipality="Helsinki")
TOLD = Annotation(
    version="1",
    language="fi",
    movements=(MovementScore(id="pop-up-food", score=0.9),),
    scores={id: 0.9 if id == "pop-up-food" else 0.125 for id in load_taxonomy().ids},
    initiative=0.75,
    self_organised=0.25,
    places=(KALLIO,),
)


def ignore(_steps: object) -> None:
    """Listens to nothing."""


def _post(number: int, text: str = "Soppaa seinämaalauksen juurella.", **given: str) -> Post:
    content_hash = sha256(f"{text} {number}".encode()).hexdigest()
    facts = {"native_id": str(number), "source": "pihalista", "text": text, "content_hash": content_hash}
    return Post.model_validate({"id": f"{number}".ljust(26, "a")} | facts | given)


@pytest.fixture
def settings(home: Path, archive_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home folder with four posts, annotated, on each database in turn."""
    monkeypatch.setenv(f"{PREFIX}ARCHIVE", archive_url)
    made = Settings(home=home, archive=archive_url, processes=1)
    archive = open_archive(archive_url)
    batch = [_post(1), _post(2, author="p-1"), _post(3, kind="proposal", title="Seinät"), _post(4)]
    with writing(archive) as connection:
        posts.store(connection, "pihalista", batch)
    claim = annotations.claim(archive, "1", 0, 10)
    assert claim is not None
    claim.keep([TOLD.model_dump_json()] * 4)
    return made


def _id(number: int) -> str:
    return _post(number).id


def _found(settings: Settings, movement: str) -> list[str]:
    return [hit.id for hit in search(settings, Query(movements=(movement,), facets=())).hits]


def _standing(settings: Settings) -> dict[str, dict[str, tuple[bool, bool]]]:
    return {one.post: {v.label: (v.says, v.disputed) for v in one.verdicts} for one in standing(settings, disputed=False)}


def test_search_filters_facets_and_show_know_it_at_once(settings: Settings) -> None:
    index_posts(settings, ignore)
    outcome = say(settings, _id(1)[:4], ["+street-art", "-pop-up-food", "-Self_Organised"], "library")
    assert (outcome.kept.new, outcome.kept.posts, outcome.behind) == (3, 1, 0)
    assert _found(settings, "street-art") == [_id(1)]
    assert _id(1) not in _found(settings, "pop-up-food")
    page = search(settings, Query(facets=("movements",)))
    assert {value.value: value.count for value in page.facets[0].values} == {"pop-up-food": 3, "street-art": 1}
    assert next(hit for hit in page.hits if hit.id == _id(1)).movements == ("street-art",)
    shown = show(settings, _id(1))
    assert shown.annotation is not None
    assert shown.annotation.self_organised == 0.0
    assert shown.annotation.scores["street-art"] == 0.125
    assert [one.label for one in shown.corrections] == ["street-art", "pop-up-food", "self-organised"]


def test_an_index_that_lacks_more_is_left_to_its_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert say(settings, _id(1), ["+street-art"], "library").behind == 4
    assert not settings.index_folder.exists()
    index_posts(settings, ignore)
    monkeypatch.setattr(index, "COMMIT", 1)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(5)])
    assert say(settings, _id(1), ["+mutual-aid"], "library").behind == 2
    assert count_behind(settings) == 2


def test_it_is_kept_where_the_engine_does_not_answer(settings: Settings) -> None:
    other = settings.model_copy(update={"engine": "elasticsearch"})
    assert say(other, _id(1), ["+street-art"], "library").behind is None
    assert _standing(settings) == {_id(1): {"street-art": (True, False)}}


def test_what_cannot_be_kept_says_why_and_keeps_nothing(settings: Settings) -> None:
    with pytest.raises(CorrectionError, match="perhaps street-art"):
        say(settings, _id(1), ["+mutual-aid", "+street-arts"], "library")
    with pytest.raises(CorrectionError, match=r"xyzzy: no label is called so. There are asylum-seeker-support.*self-organised"):
        say(settings, _id(1), ["+xyzzy"], "library")
    with pytest.raises(CorrectionError, match="Write \\+street-art or -street-art"):
        say(settings, _id(1), ["street-art"], "library")
    with pytest.raises(CorrectionError, match="both right and wrong"):
        say(settings, _id(1), ["+street-art", "-street_art"], "library")
    with pytest.raises(CorrectionError, match="--by"):
        say(settings, _id(1), ["+street-art"], "  ")
    with pytest.raises(UnknownPost):
        say(settings, "zzz", ["+street-art"], "library")
    with pytest.raises(CorrectionError, match="said nothing"):
        take_back(settings, _id(1), "library")
    assert _standing(settings) == {}


def test_people_disagree_and_one_takes_it_back(settings: Settings) -> None:
    say(settings, _id(1), ["+street-art", "+mutual-aid"], "library")
    assert say(settings, _id(1), ["-street-art"], "resident").kept.disputed == 1
    assert list(standing(settings, disputed=True)) == [
        Standing(_id(1), _post(1).content_hash, next(iter(standing(settings, disputed=False))).verdicts[1:])
    ]
    assert _standing(settings) == {_id(1): {"mutual-aid": (True, False), "street-art": (False, True)}}
    assert take_back(settings, _id(1), "library").kept.new == 2
    assert _standing(settings) == {_id(1): {"street-art": (False, False)}}
    take_back(settings, _id(1), "resident")
    assert _standing(settings) == {}
    with reading(open_archive(settings.archive_url)) as connection:
        assert [WORDS[one.says] for _, _, one in corrections.every(connection)] == ["yes", "yes", "no", "undo", "undo", "undo"]


def test_places_are_coarse_as_soon_as_one_says_it_is_sensitive(settings: Settings) -> None:
    id = min(load_taxonomy().sensitive)
    say(settings, _id(1), [f"+{id}"], "library")
    say(settings, _id(1), [f"-{id}"], "resident")
    told = show(settings, _id(1)).annotation
    assert told is not None
    assert [(place.name, place.lat) for place in told.places] == [("Kallio", None)]
    take_back(settings, _id(1), "library")
    told = show(settings, _id(1)).annotation
    assert told is not None
    assert [(place.name, place.lat) for place in told.places] == [("Helsinginkatu", 60.187)]


def test_exports_tell_what_was_corrected_by_whom_and_when(settings: Settings, tmp_path: Path) -> None:
    say(settings, _id(1), ["+street-art", "-initiative"], "library")
    say(settings, _id(1), ["-street-art"], "resident")
    export(settings, tmp_path / "posts.csv", None, False, ignore)
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    row, other = rows[_id(1)], rows[_id(2)]
    names = ("movements", "movement_pop_up_food", "initiative", "corrected_yes", "corrected_no", "corrected_by", "disputed")
    assert [row[name] for name in names] == ["", "0", "0.0", "", "initiative;street-art", "library | resident", "street-art"]
    assert datetime.fromisoformat(row["corrected_at"]) > datetime.now(UTC) - timedelta(hours=1)
    assert {name: other[name] for name in other if name.startswith("corrected") or name == "disputed"} == dict.fromkeys(
        ("corrected_yes", "corrected_no", "corrected_by", "corrected_at", "disputed"), ""
    )
    about = json.loads((tmp_path / "posts.csv.provenance.json").read_text("utf-8"))
    assert "Of 1 posts people corrected what the program says: see corrected_by." in about["caveats"]
    export(settings, tmp_path / "posts.jsonl", None, False, ignore)
    objects = [json.loads(line) for line in (tmp_path / "posts.jsonl").read_text("utf-8").splitlines()]
    assert [len(one["corrections"]) for one in objects] == [3, 0, 0, 0]
    assert objects[0]["corrections"][2] | {"at": ""} == {
        "label": "street-art", "says": "no", "by": "resident", "at": "", "content_hash": _post(1).content_hash,
    }  # fmt: skip


def test_a_movement_that_is_gone_is_in_no_export_and_is_not_learnt(settings: Settings, pets: Path, tmp_path: Path) -> None:
    say(settings, _id(1), ["+shared-pets"], "library")
    (pets / "movements.toml").unlink()
    export(settings, tmp_path / "posts.csv", None, False, ignore)
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == _id(1))
    assert (row["movements"], row["corrected_yes"], row["corrected_by"]) == ("pop-up-food", "", "")
    assert list(corrected_examples(settings)) == []
    assert _standing(settings) == {_id(1): {"shared-pets": (True, False)}}


def test_a_filter_of_an_export_goes_by_what_people_say(settings: Settings, tmp_path: Path) -> None:
    say(settings, _id(1), ["+street-art"], "library")
    assert export(settings, tmp_path / "art.csv", Query(movements=("street-art",)), False, ignore).rows == 1


def test_training_learns_what_people_said_and_nothing_they_did_not(settings: Settings) -> None:
    say(settings, _id(2), ["+street-art", "-pop-up-food"], "library")
    say(settings, _id(3), ["-initiative"], "library")
    say(settings, _id(4), ["+self-organised"], "library")
    first, second, third = corrected_examples(settings)
    every = frozenset(load_taxonomy().ids)
    assert first == Example(
        id=_id(2), text=_post(2).text, language="fi", required=frozenset({"street-art"}), allowed=every - {"pop-up-food"},
        initiative=None, self_organised=None, group="p-1", register="post",
    )  # fmt: skip
    assert (second.required, second.allowed, second.initiative, second.self_organised) == (frozenset(), frozenset(), False, False)
    assert (second.title, second.register, second.group) == ("Seinät", "proposal", _id(3))
    assert (third.required, third.allowed, third.initiative, third.self_organised) == (frozenset(), every, None, True)


def test_training_passes_by_what_was_said_of_an_older_text_until_it_is_said_again(settings: Settings) -> None:
    say(settings, _id(1), ["+street-art"], "library")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(1, "Kissa on kadonnut.")])
    assert list(corrected_examples(settings)) == []
    assert _standing(settings) == {_id(1): {"street-art": (True, False)}}
    say(settings, _id(1), ["-street-art"], "library")
    (example,) = corrected_examples(settings)
    assert (example.text, "street-art" in example.allowed) == ("Kissa on kadonnut.", False)


def test_training_learns_nothing_that_was_taken_back_though_the_text_of_then_returns(settings: Settings) -> None:
    say(settings, _id(1), ["+street-art"], "library")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(1, "Kissa on kadonnut.")])
    take_back(settings, _id(1), "library")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(1)])
    assert _standing(settings) == {}
    assert list(corrected_examples(settings)) == []


ROWS = f"post,text,label,says,by\n{_id(1)},ohi,street-art,yes,\n2aaa,,Pop_up food,no,resident\n{_id(2)},,initiative,yes,\n"


def _file(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_table_of_corrections_is_kept_once(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path / "said.csv", ROWS)
    read: list[int] = []
    assert say_file(settings, path, "library", ignore, read.append).kept.new == 3
    assert sum(read) == path.stat().st_size
    assert _standing(settings) == {
        _id(1): {"street-art": (True, False)},
        _id(2): {"initiative": (True, False), "pop-up-food": (False, False)},
    }
    again = say_file(settings, path, "library", ignore, ignore)
    assert (again.kept.new, again.kept.known) == (0, 3)


def test_semicolons_and_json_lines_say_the_same(settings: Settings, tmp_path: Path) -> None:
    table = _file(tmp_path / "said.csv", ROWS.replace(",", ";"))
    assert say_file(settings, table, "library", ignore, ignore).kept.new == 3
    lines = [
        {"post": _id(1), "label": "street-art", "says": "yes", "by": "library"},
        {"post": _id(3), "label": "street-art", "says": "undo", "by": "library", "note": None, "at": None},
        {"post": _id(3), "label": "street-art", "says": "no", "at": "2026-03-01T12:00:00+02:00"},
    ]
    path = _file(tmp_path / "said.jsonl", "\n".join(map(json.dumps, lines)))
    kept = say_file(settings, path, "city", ignore, ignore).kept
    assert (kept.new, kept.known) == (1, 2)
    assert _standing(settings)[_id(3)] == {"street-art": (False, False)}


SECRET = "Maija Salaisuus 040 555 0199"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{ROWS}{SECRET},street-art,yes,x\n", "line 5: 4 cells where the header has 5"),
        (f"{ROWS}{SECRET},,street-art,yes,x\n", "line 5: no post has this id"),
        (f"{ROWS}9aaa,,street-art,yes,x\n", "line 5: no post has this id"),
        (f"{ROWS}{_id(1)},,{SECRET},yes,x\n", "line 5: no label is called so"),
        (f"{ROWS}{_id(1)},,street-arts,yes,x\n", "line 5: no label is called so (perhaps street-art)"),
        (f"{ROWS}{_id(1)},,street-art,{SECRET},x\n", "line 5: `says` must be yes, no or undo"),
        (f"{ROWS}{_id(1)},,street-art,,x\n", "line 5: it has no `says`"),
        (f"{ROWS}{_id(1)},,street-art,yes,={SECRET}\n", "line 5: the name or role must begin with a letter"),
        (ROWS.replace("by", "at").replace("resident", SECRET), "line 3: `at` must be a moment that has passed"),
        (ROWS.replace("by", "at").replace("resident", "2099-01-01T00:00:00Z"), "line 3: `at` must be a moment that has passed"),
        (ROWS.replace("by", "at").replace("resident", "2026-01-01T00:00:00"), "line 3: `at` must be a moment that has passed"),
        (ROWS.replace("text", "content_hash"), "line 2: `content_hash` must be the 64 hexadecimal digits"),
        (ROWS.replace("label", "labels"), "lacks the columns label"),
        (f'{{"post": "1", "label": "street-art", "says": "yes"}}\n{{"post": 1}}\n["{SECRET}', "line 2: no post has this id; line"),
        ("post,label,says\n" + f"{_id(1)},street-art,maybe\n" * 12, "line 11: `says` must be yes, no or undo; and 2 more lines"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole_and_never_quoted(settings: Settings, tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FormatError) as refused:
        say_file(settings, _file(tmp_path / "said", text), "library", ignore, ignore)
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)
    assert _standing(settings) == {}


def test_of_a_dataset_the_rows_that_nobody_filled_in_are_passed_over(settings: Settings, tmp_path: Path) -> None:
    export(settings, tmp_path / "posts.csv", None, False, ignore)
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    filled = {_id(1): {"label": "street-art", "says": "yes"}, _id(3): {"label": "mutual-aid", "says": "no"}}
    with (tmp_path / "filled.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [*rows[0], "post", "label", "says"], restval="")
        table.writeheader()
        table.writerows(row | {"post": row["id"]} | filled.get(row["id"], {}) for row in rows)
    told: list[str] = []
    assert say_file(settings, tmp_path / "filled.csv", "library", told.append, ignore).kept.new == 2
    assert told == ["Passed over, for they say nothing: 2 of the rows."]
    assert _standing(settings) == {_id(1): {"street-art": (True, False)}, _id(3): {"mutual-aid": (False, False)}}


def test_the_history_of_a_movement_that_is_gone_is_passed_over(
    settings: Settings, other: Settings, pets: Path, tmp_path: Path
) -> None:
    say(settings, _id(1), ["+shared-pets", "+street-art"], "library")
    path = tmp_path / "all.csv"
    write_history(settings, path, False, ignore)
    (pets / "movements.toml").unlink()
    told: list[str] = []
    assert say_file(other, path, None, told.append, ignore).kept.new == 1
    assert told == ["Passed over, for movements.toml has no such movement: 1 of the rows."]
    assert _standing(other) == {_id(1): {"street-art": (True, False)}}
    with pytest.raises(FormatError, match="line 2: no label is called so"):
        say_file(other, _file(path, path.read_text("utf-8").replace(",yes,", ",maybe,")), None, ignore, ignore)


def test_a_file_needs_somebody_who_says_it(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"line 2: it is not said by whom; line 4: it is"):
        say_file(settings, _file(tmp_path / "said.csv", ROWS), None, ignore, ignore)


def test_several_posts_whose_ids_begin_alike_are_no_guess(settings: Settings, tmp_path: Path) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(11)])
    with pytest.raises(FormatError, match="line 2: several posts"):
        say_file(settings, _file(tmp_path / "said.csv", "post,label,says\n1,street-art,yes\n"), "x", ignore, ignore)


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from tinymovements.settings import load
from tinymovements.workflow.corrections import say_file

@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, *rest):
    if statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

say_file(load(), Path(sys.argv[1]), "library", print, lambda steps: None)
"""


@pytest.mark.parametrize("after", ["INSERT INTO corrections", "UPDATE posts"])
def test_killed_in_the_middle_nothing_of_a_file_is_kept_and_then_all(settings: Settings, tmp_path: Path, after: str) -> None:
    path = _file(tmp_path / "said.csv", ROWS)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), after], env=os.environ, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert _standing(settings) == {}
    assert say_file(settings, path, "library", ignore, ignore).kept.new == 3


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Settings]:
    """Another archive, with the same posts."""
    made = Settings(home=tmp_path / "other", archive=f"sqlite:///{tmp_path / 'other.db'}")
    archive = open_archive(made.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "pihalista", [_post(1), _post(2), _post(3), _post(4)])
    yield made
    archive.dispose()


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"])
def test_what_is_written_is_read_by_another_archive_to_the_same_end(
    settings: Settings, other: Settings, tmp_path: Path, ending: str
) -> None:
    chance = random.Random(7)
    archive, now = open_archive(settings.archive_url), datetime(2026, 3, 1, tzinfo=UTC)
    for hour in range(80):
        said = Said(
            _id(chance.randint(1, 4)),
            chance.choice(["street-art", "mutual-aid", "peer-support", "initiative"]),
            chance.choice([True, True, False, None]),
            chance.choice(["library", "Kallion pihaväki, 2. rappu", 'J "Å" 🪴']),
        )
        with writing(archive) as connection:
            corrections.keep(connection, [said], now + timedelta(hours=hour, microseconds=hour))
    path = tmp_path / f"all{ending}"
    count = write_history(settings, path, False, ignore)
    assert say_file(other, path, None, ignore, ignore).kept.new == count > 40
    assert _standing(other) == _standing(settings)
    assert any(disputed for labels in _standing(other).values() for _, disputed in labels.values())
    again = tmp_path / f"again{ending}"
    write_history(other, again, False, ignore)
    assert again.read_bytes() == path.read_bytes()
    assert say_file(settings, again, None, ignore, ignore).kept.known == count


def test_what_was_said_of_an_older_text_is_so_in_another_archive(settings: Settings, other: Settings, tmp_path: Path) -> None:
    say(settings, _id(1), ["+street-art"], "library")
    for archive in (settings, other):
        with writing(open_archive(archive.archive_url)) as connection:
            posts.store(connection, "pihalista", [_post(1, "Kissa on kadonnut.")])
    write_history(settings, tmp_path / "all.csv", False, ignore)
    assert say_file(other, tmp_path / "all.csv", None, ignore, ignore).kept.new == 1
    write_history(other, tmp_path / "again.csv", False, ignore)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "all.csv").read_bytes()
    assert list(corrected_examples(other)) == []


def test_a_table_that_tells_of_which_text_confirms_no_other_one(settings: Settings, tmp_path: Path) -> None:
    row = f"post,label,says,content_hash\n{_id(1)},street-art,yes,{_post(1).content_hash}\n"
    path = _file(tmp_path / "said.csv", row)
    assert say_file(settings, path, "library", ignore, ignore).kept.new == 1
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(1, "Kissa on kadonnut.")])
    assert say_file(settings, path, "library", ignore, ignore).kept.known == 1
    assert list(corrected_examples(settings)) == []
    say(settings, _id(1), ["+street-art"], "library")
    assert say_file(settings, path, "library", ignore, ignore).kept.known == 1
    assert len(list(corrected_examples(settings))) == 1


def test_the_history_replaces_no_file_unasked_and_has_its_dictionary(settings: Settings, tmp_path: Path) -> None:
    say(settings, _id(1), ["+street-art"], "library")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post(1, "Toinen teksti.")])
    path = tmp_path / "all.csv"
    assert write_history(settings, path, False, ignore) == 1
    with pytest.raises(FileError, match="--force"):
        write_history(settings, path, False, ignore)
    assert write_history(settings, path, True, ignore) == 1
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    with path.with_name("all.csv.dictionary.csv").open(encoding="utf-8", newline="") as file:
        assert [line["column"] for line in csv.DictReader(file)] == list(row)
    assert (row["post"], row["says"], row["older_text"]) == (_id(1), "yes", "1")
    with pytest.raises(FormatError, match=r"\.jsonl\.gz"):
        write_history(settings, tmp_path / "all.xlsx", False, ignore)
    assert sorted(file.name for file in tmp_path.glob("all*")) == ["all.csv", "all.csv.dictionary.csv"]
