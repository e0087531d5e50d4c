"""An invented archive of initiatives to test with: posts of three sources, and the records that they make."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from tinymovements.archive import annotations, initiatives, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.initiative import Initiative, Member, Name, Quote, Site, StageSign, Want, initiative_id
from tinymovements.model import Annotation, MovementScore, Post
from tinymovements.settings import Settings

SOURCE = """
title = "{title}"
description = "Invented."
platform = "file"
publisher = "Pihaväki"
languages = ["fi"]
legal_basis = "Invented posts have no authors."
licence = "CC0 1.0"
texts_exportable = {exportable}
"""

PAGE = "https://kylapaja.example/ilta"

# By key: the source, the day, the group, the author, the text. Each has a word of its own, which ends with the key.
POSTS: dict[str, tuple[str, str | None, str | None, str | None, str]] = {
    "a1": ("pihalista", "2025-03-01", "Kallio-liike", "p1", "Kyläpajan ilta avaa ovensa, tarvitsemme tilaa. Sanaa1"),
    "a2": ("pihalista", "2025-05-02", None, "p2", "Byverkstadens kväll, saimme tilan! Sanaa2"),
    "b1": ("pihalista", "2025-06-01", "Kallio-liike", "p1", "Malmin korjausilta alkaa, kuten Kyläpajan ilta. Sanab1"),
    "b2": ("pihalista", "2025-07-01", None, None, f"Malmin korjausilta taas, katso {PAGE}. Sanab2"),
    "c1": ("muualta", "2025-09-01", "Varissuo", None, "Turun korjausilta: lainaamme työkaluja. Sanac1"),
    "c0": ("muualta", "2025-08-20", "Varissuo", None, "Kirppis lauantaina. Sanac0"),
    "d1": ("pihalista", "2025-04-01", "Kallio-liike", "p1", "Vertaisilta kokoontuu Vaasankadulla. Sanad1"),
    "e1": ("salainen", "2025-02-01", None, None, "Salapaja kokoontuu Kalliossa. Sanae1"),
    "e2": ("pihalista", None, None, None, "Salapaja kutsuu. Sanae2"),
    "f1": ("salainen", "2025-02-02", None, None, "Hiljainen kerho pyytää kaupungilta lupaa. Sanaf1"),
    "g1": ("pihalista", "2025-10-01", None, None, "Talkoot jossain. Sanag1"),
}

KALLIO = Site(name="Kallio", lat=60.1819, lon=24.9502, district="Kallio", municipality="Helsinki", posts=2)
MALMI = Site(name="Malmi", lat=60.2472, lon=25.0106, district="Malmi", municipality="Helsinki", posts=2)
VARISSUO = Site(name="Varissuo", lat=60.4481, lon=22.3491, district="Varissuo", municipality="Turku", posts=1)
STREET = Site(name="Vaasankatu", lat=60.1869, lon=24.9603, district="Kallio", municipality="Helsinki", posts=1)


def id_of(key: str) -> str:
    """The id of a post."""
    return f"p{key}".ljust(26, "2")


def initiative_of(key: str) -> str:
    """The id of the initiative whose posts have keys that begin so."""
    return initiative_id(f"pp{key}".ljust(26, "2"))


def quote(key: str, words: str) -> Quote:
    """Words of a post."""
    text = POSTS[key][4]
    return Quote(post=id_of(key), text=words, start=text.index(words), end=text.index(words) + len(words), posted=_posted(key))


def _posted(key: str) -> datetime | None:
    day = POSTS[key][1]
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) if day else None


def _sign(stage: Any, key: str, words: str) -> StageSign:
    return StageSign(stage=stage, rule="said", score=0.9, quote=quote(key, words))


def _member(key: str, main: bool = True, stage: StageSign | None = None) -> Member:
    source, _, group, _, _ = POSTS[key]
    return Member(post=id_of(key), posted=_posted(key), source=source, group=group, language="fi", main=main, stage=stage)


def _record(key: str, name: str, movement: str, sites: tuple[Site, ...], members: tuple[Member, ...], **given: Any) -> Initiative:
    names = (Name(text=name, language="fi", posts=len(members)), *given.pop("names", ()))
    scored = (MovementScore(id=movement, score=0.8),)
    return Initiative(
        id=initiative_of(key),
        names=names,
        movements=scored,
        self_organised=0.9,
        sites=sites,
        members=members,
        hidden=given.pop("hidden", ()),
        **given,
    )


def records() -> Iterator[Initiative]:
    """Two in Helsinki that know of each other, one in Turku, a sensitive one, two of whom not all may be told, one nowhere."""
    forming, active = _sign("forming", "a1", "avaa ovensa"), _sign("active", "a2", "saimme tilan")
    need = Want(
        wish="need",
        kind="space",
        quote=quote("a1", "tarvitsemme tilaa"),
        status="fulfilled",
        because=quote("a2", "saimme tilan"),
    )
    yield _record(
        "a",
        "Kyläpajan ilta",
        "repair-and-reuse",
        (KALLIO,),
        (_member("a1", stage=forming), _member("a2", stage=active), _member("b1", main=False)),
        names=(Name(text="Byverkstadens kväll", language="sv", posts=1),),
        description=quote("a1", "Kyläpajan ilta avaa ovensa"),
        stage=active,
        stages=(forming, active),
        wants=(need,),
        links=(PAGE,),
    )
    spark = _sign("spark", "b1", "Malmin korjausilta alkaa")
    yield _record(
        "b",
        "Malmin korjausilta",
        "repair-and-reuse",
        (MALMI,),
        (_member("b1", stage=spark), _member("b2")),
        stage=spark,
        stages=(spark,),
    )
    offer = Want(wish="offer", kind="things", quote=quote("c1", "lainaamme työkaluja"), status="open", until=date(2025, 12, 24))
    yield _record("c", "Turun korjausilta", "repair-and-reuse", (VARISSUO,), (_member("c1"),), wants=(offer,))
    yield _record(
        "d",
        "Vertaisilta Vaasankadulla",
        "peer-support",
        (STREET,),
        (_member("d1"),),
        description=quote("d1", "Vertaisilta kokoontuu Vaasankadulla"),
        hidden=("Vaasankadulla", "Vaasankatu"),
    )
    yield _record(
        "e",
        "Salapaja",
        "repair-and-reuse",
        (KALLIO,),
        (_member("e1"), _member("e2")),
        description=quote("e1", "Salapaja kokoontuu Kalliossa"),
    )
    ask = Want(wish="ask", kind="permission", quote=quote("f1", "pyytää kaupungilta lupaa"), status="open", words=("kaupunki",))
    yield _record("f", "Hiljainen kerho", "food-sharing", (KALLIO,), (_member("f1"),), wants=(ask,), links=("salaa.example/f1",))
    yield _record("g", "Talkoot", "food-sharing", (), (_member("g1"),))


def fill(settings: Settings) -> None:
    """Put all of it into the archive of a home."""
    settings.sources_folder.mkdir(parents=True)
    for id, exportable in (("pihalista", "true"), ("muualta", "true"), ("salainen", "false")):
        text = SOURCE.format(title=id.capitalize(), exportable=exportable)
        (settings.sources_folder / f"{id}.toml").write_text(text, "utf-8")
    with writing(open_archive(settings.archive_url)) as connection:
        for source in ("pihalista", "muualta", "salainen"):
            posts.store(connection, source, [_post(key) for key in POSTS if POSTS[key][0] == source])
        _annotate(connection)
        initiatives.put(
            connection, "resolver-1", [Kept(record, None) for record in records()], {initiative_of("z"): initiative_of("a")}
        )


def _post(key: str) -> Post:
    source, _, group, author, text = POSTS[key]
    url = {"a2": PAGE, "b1": "https://lista.example/b1"}.get(key)
    facts: dict[str, Any] = {"posted": _posted(key), "group": group, "author": author, "text": text, "url": url}
    return Post(id=id_of(key), native_id=f"native-{key}", source=source, content_hash=f"{key:0>64}", **facts)


def _annotate(connection: Connection) -> None:
    found = posts.by_id(connection, list(map(id_of, POSTS)))
    for key in POSTS:
        item = found[id_of(key)]
        movement = "peer-support" if key == "d1" else "repair-and-reuse"
        told = Annotation(
            version="0.1.0-12345678",
            language="fi",
            movements=(MovementScore(id=movement, score=0.9),),
            initiative=0.9,
            self_organised=0.8,
        )
        read = annotations.Outdated(item.number, item.post.content_hash, None, "", None, None, None, None)
        annotations.put(connection, told.version, [read], [told.model_dump_json()])
