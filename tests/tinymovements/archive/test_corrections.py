"""What people say is kept, all of it, beside what the pipeline says, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, func, select

from tinymovements.archive import annotations, corrections, indexed, posts, tables
from tinymovements.archive.corrections import Kept, Said
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.posts import Archived
from tinymovements.model import Annotation, MovementScore, Post

MakePost = Callable[..., Post]
NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
TOLD = Annotation(
    version="1",
    language="fi",
    movements=(MovementScore(id="pop-up-food", score=0.9),),
    scores={"pop-up-food": 0.9, "street-art": 0.2},
    initiative=0.5,
    self_organised=0.1,
)


@pytest.fixture
def ids(archive: Engine, make_post: MakePost) -> list[str]:
    """Three posts, annotated."""
    made = [make_post(str(number), f"teksti {number}") for number in range(3)]
    with writing(archive) as connection:
        posts.store(connection, "groups", made)
    _annotate(archive)
    return [post.id for post in made]


def _annotate(archive: Engine, told: Annotation = TOLD) -> None:
    claim = annotations.claim(archive, told.version, 0, 100)
    assert claim is not None
    claim.keep([told.model_dump_json() for _ in claim.posts])


def _keep(archive: Engine, *said: Said, now: datetime = NOW) -> Kept:
    with writing(archive) as connection:
        return corrections.keep(connection, said, now)


def _get(archive: Engine, id: str) -> Archived:
    with reading(archive) as connection:
        return posts.get(connection, id)


def _movements(item: Archived) -> list[str]:
    assert item.annotation is not None
    return [movement.id for movement in item.annotation.movements]


def test_it_wins_wherever_a_post_is_read(archive: Engine, ids: list[str]) -> None:
    id = ids[1]
    assert _keep(archive, Said(id, "street-art", True, "library"), Said(id, "pop-up-food", False, "library")) == Kept(2, 0, 1, 0, 0)
    with reading(archive) as connection:
        ways = [
            posts.get(connection, id),
            posts.by_id(connection, ids)[id],
            next(item for item in posts.stream(connection) if item.post.id == id),
            next(item for item in posts.stream(connection, 1) if item.post.id == id),
            next(item for item in indexed.everything(connection) if item.post.id == id),
        ]
        others = [item for item in posts.stream(connection) if item.post.id != id]
    assert [_movements(item) for item in ways] == [["street-art"]] * 5
    assert len({item.corrections for item in ways}) == 1
    assert [(one.label, one.says, one.by, one.at) for one in ways[0].corrections] == [
        ("street-art", True, "library", NOW),
        ("pop-up-food", False, "library", NOW),
    ]
    assert [(_movements(item), item.corrections) for item in others] == [(["pop-up-food"], ())] * 2


def test_an_index_learns_of_it_without_annotating_again(archive: Engine, ids: list[str]) -> None:
    with writing(archive) as connection:
        indexed.begin_anew(connection)
        indexed.complete(connection, "index")
    before = _get(archive, ids[0]).revision
    _keep(archive, Said(ids[0], "street-art", True, "library"), Said(ids[0], "initiative", True, "library"))
    assert _get(archive, ids[0]).revision == before + 1
    with reading(archive) as connection:
        assert [id for _, _, id in indexed.next_changes(connection, 0, 10)] == [ids[0]]
        assert annotations.count_outdated(connection, TOLD.version) == 0


def test_it_outlives_every_rebuild(archive: Engine, ids: list[str], archive_url: str) -> None:
    _keep(archive, Said(ids[0], "street-art", True, "library"))
    with writing(archive) as connection:
        connection.execute(delete(tables.annotations))
    assert _get(archive, ids[0]).annotation is None
    assert len(_get(archive, ids[0]).corrections) == 1
    _annotate(archive, TOLD.model_copy(update={"version": "2", "movements": ()}))
    assert _movements(_get(archive, ids[0])) == ["street-art"]
    again = open_archive(archive_url)
    assert _movements(_get(again, ids[0])) == ["street-art"]
    again.dispose()


def test_what_was_said_before_the_annotation_counts_after_it(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi")])
    id = make_post("1", "yksi").id
    assert _keep(archive, Said(id, "street-art", True, "library")).not_annotated == 1
    assert _get(archive, id).annotation is None
    _annotate(archive)
    assert _movements(_get(archive, id)) == ["street-art", "pop-up-food"]


def test_it_goes_with_its_post_and_stays_when_the_text_changes(archive: Engine, ids: list[str], make_post: MakePost) -> None:
    _keep(archive, *(Said(id, "street-art", True, "library") for id in ids))
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "aivan toinen teksti")], gone=["0"])
        posts.remove(connection, [ids[2]])
        assert connection.execute(select(func.count()).select_from(tables.corrections)).scalar_one() == 1
    item = _get(archive, ids[1])
    assert item.corrections[0].content_hash == "hash of teksti 1" != item.post.content_hash
    # Said once more it is of the new text, and so it is new.
    assert _keep(archive, Said(ids[1], "street-art", True, "library")).new == 1
    assert _get(archive, ids[1]).corrections[1].content_hash == item.post.content_hash


def test_what_says_nothing_new_changes_nothing(archive: Engine, ids: list[str]) -> None:
    said = [Said(ids[0], "street-art", True, "library"), Said(ids[0], "street-art", True, "resident", NOW - timedelta(days=1))]
    assert _keep(archive, *said).new == 2
    before = _get(archive, ids[0]).revision
    assert _keep(archive, *said, Said(ids[0], "mutual-aid", None, "library")) == Kept(0, 3, 0, 0, 0)
    assert _get(archive, ids[0]).revision == before


def test_undoing_keeps_the_history(archive: Engine, ids: list[str]) -> None:
    _keep(archive, Said(ids[0], "street-art", True, "library"))
    assert _keep(archive, Said(ids[0], "street-art", None, "library"), now=NOW + timedelta(hours=1)).new == 1
    assert _movements(_get(archive, ids[0])) == ["pop-up-food"]
    assert [one.says for one in _get(archive, ids[0]).corrections] == [True, None]
    # Said again afterwards, it is no repetition.
    assert _keep(archive, Said(ids[0], "street-art", True, "library"), now=NOW + timedelta(hours=2)).new == 1


def test_what_was_said_first_comes_first_however_late_it_is_kept(archive: Engine, ids: list[str]) -> None:
    _keep(archive, Said(ids[0], "street-art", False, "library"))
    early = Said(ids[0], "street-art", True, "library", NOW - timedelta(days=30))
    assert _keep(archive, early, Said(ids[0], "street-art", False, "library")) == Kept(1, 1, 1, 0, 0)
    assert [one.says for one in _get(archive, ids[0]).corrections] == [True, False]
    assert _movements(_get(archive, ids[0])) == ["pop-up-food"]


def test_disagreement_is_counted_when_it_arises(archive: Engine, ids: list[str]) -> None:
    assert _keep(archive, Said(ids[0], "street-art", True, "library")).disputed == 0
    assert _keep(archive, Said(ids[0], "street-art", False, "resident"), Said(ids[0], "initiative", True, "city")).disputed == 1


def test_the_history_is_told_in_the_order_in_which_it_was_kept(
    archive: Engine, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "_PART", 2)
    said = [Said(id, "street-art", True, by) for by in ("library", "resident") for id in ids[:2]]
    _keep(archive, *said)
    with reading(archive) as connection:
        told = [(id, one.by) for id, _, one in corrections.every(connection)]
        assert told == [(one.post, one.by) for one in said]
        assert corrections.spoken_of(connection) == ids[:2]


def test_ids_may_be_shortened_where_that_is_no_guess(archive: Engine, ids: list[str]) -> None:
    def of(connection: Connection) -> dict[str, list[str]]:
        return corrections.ids_of(connection, [ids[0], "groups.1", "groups.", "other"])

    with reading(archive) as connection:
        assert of(connection) == {ids[0]: [ids[0]], "groups.1": [ids[1]], "groups.": ids[:2], "other": []}


def test_several_may_speak_of_the_same_posts_at_once(archive: Engine, ids: list[str]) -> None:
    def speak(by: str) -> int:
        return sum(_keep(archive, *(Said(id, "street-art", says, by) for id in ids)).new for says in (True, False))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(speak, ("library", "resident", "city", "gardener"))) == [6] * 4
    for id in ids:
        assert len(_get(archive, id).corrections) == 8
        assert _movements(_get(archive, id)) == ["pop-up-food"]
