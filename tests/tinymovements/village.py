"""A small invented world: posts, and the initiatives that they show, as they lie in an archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tinymovements.archive import annotations, initiatives, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.initiative import Initiative, Member, Name, Quote, Site, StageSign, Want
from tinymovements.model import Annotation, Draft, MovementScore, Place, Post, Span
from tinymovements.privacy import Gate
from tinymovements.settings import Settings

GATE = Gate(b"k" * 32)
HERE = {"district": "Kallio", "municipality": "Helsinki"}
SQUARE = Place(name="Vaasanaukio", lat=60.187, lon=24.958, **HERE)
REPAIR = (MovementScore(id="repair-and-reuse", score=0.9),)


def _draft(native_id: str, text: str, day: datetime | None, **given: Any) -> Draft:
    return Draft(native_id=native_id, text=text, posted=day, **given)


def day(month: int, of: int = 1) -> datetime:
    return datetime(2026, month, of, 12, tzinfo=UTC)


DRAFTS = {
    "first": _draft(
        "first", "Kyläpajan ilta alkaa Vaasanaukiolla: korjaamme pyöriä yhdessä torstaisin.", day(2), title="Kyläpajan ilta"
    ),
    "swedish": _draft("swedish", "Byverkstadens kväll är i gång, vi lagar cyklar varje torsdag.", day(3), language="sv"),
    "wish": _draft("wish", "Kyläpaja tarvitsee pakettiauton lauantaiksi. Tarjoamme pullakahvit.", day(4), kind="event"),
    "beside": _draft("beside", "Soppakerhon ja Kyläpajan yhteinen haitarikonsertti.", day(5)),
    "soup": _draft("soup", "Soppakerho kokoontuu Turussa, soppaa kaikille naapureille.", day(1, 15)),
    "chatter": _draft("chatter", "Missä on lähin pyöräpaja?", day(5, 2)),
}
WORKSHOP, SOUP = "Kyläpajan ilta", "Soppakerho"


@dataclass(frozen=True)
class Village:
    """Posts by their native ids, and the ids of the initiatives by their names."""

    settings: Settings
    posts: dict[str, Post]
    ids: dict[str, str]

    def withdraw(self, *names: str) -> None:
        """Take posts out; whoever quotes them goes at once."""
        with writing(open_archive(self.settings.archive_url)) as connection:
            posts.remove(connection, [self.posts[name].id for name in names])

    def put(self, *made: Initiative, gone: dict[str, str | None] | None = None) -> None:
        put(self.settings, *made, gone=gone)


def put(settings: Settings, *made: Initiative, gone: dict[str, str | None] | None = None) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        initiatives.put(connection, "1", [Kept(one, None) for one in made], gone or {})


def store(settings: Settings, drafts: dict[str, Draft], told: dict[str, Annotation]) -> dict[str, Post]:
    """Posts of the forum, with what the pipeline says of them."""
    made = {name: GATE.admit(draft, "forum") for name, draft in drafts.items()}
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "forum", list(made.values()))
    claim = annotations.claim(archive, "1", 0, 1000)
    assert claim is not None
    assert claim.keep([told[name].model_dump_json() for name in made]) == len(made)  # they came in this order
    return made


def annotation(
    language: str = "fi", places: Sequence[Place] = (), movements: Sequence[MovementScore] = (), **given: Any
) -> Annotation:
    facts = {
        "version": "1",
        "language": language,
        "movements": movements,
        "places": places,
        "initiative": 0.9,
        "self_organised": 0.8,
    }
    return Annotation.model_validate(facts | given)


def quote(post: Post, words: str, language: str = "fi") -> Quote:
    start = post.text.index(words)
    return Quote(post=post.id, text=words, start=start, end=start + len(words), posted=post.posted, language=language)


def sign(post: Post, words: str, stage: str, language: str = "fi") -> StageSign:
    return StageSign.model_validate({"stage": stage, "rule": "runs", "score": 0.9, "quote": quote(post, words, language)})


def member(post: Post, main: bool = True, stage: StageSign | None = None) -> Member:
    return Member(
        post=post.id, posted=post.posted, source=post.source, group=None, language=post.language or "fi", main=main, stage=stage
    )


def initiative(names: Sequence[tuple[str, str]], members: Sequence[Member], **given: Any) -> Initiative:
    facts = {
        "id": f"i{members[0].post[1:]}",
        "names": [Name.model_validate({"text": text, "language": language, "posts": 1}) for text, language in names],
        "self_organised": 0.8,
        "members": members,
    }
    return Initiative.model_validate(facts | given)


def workshop(made: dict[str, Post], without: str = "") -> Initiative:
    """The workshop with two names, as all of its posts tell of it but one."""
    begins = sign(made["first"], "alkaa", "forming")
    runs = sign(made["swedish"], "är i gång", "active", "sv")
    van = quote(made["wish"], "tarvitsee pakettiauton lauantaiksi")
    members = {
        "first": member(made["first"], stage=begins),
        "swedish": member(made["swedish"], stage=runs),
        "wish": member(made["wish"]),
        "beside": member(made["beside"], main=False),
    }
    signs = [one.stage for name, one in members.items() if one.stage and name != without]
    return initiative(
        [(WORKSHOP, "fi"), ("Byverkstadens kväll", "sv")],
        [one for name, one in members.items() if name != without],
        description=quote(made["first"], "korjaamme pyöriä yhdessä torstaisin") if without != "first" else None,
        movements=REPAIR,
        sites=[Site(name="Vaasanaukio", lat=60.187, lon=24.958, posts=1, **HERE)],
        stage=signs[-1],
        stages=signs,
        wants=[Want(wish="need", kind="transport", quote=van, status="open", until=day(4, 30).date())] if without != "wish" else [],
        links=["https://kylapaja.example.org"],
    )


def soup(made: dict[str, Post]) -> Initiative:
    turku = Site(name="Turku", lat=60.45, lon=22.27, municipality="Turku", posts=1)
    return initiative([(SOUP, "fi")], [member(made["soup"])], sites=[turku])


def build(settings: Settings) -> Village:
    """Everything in the archive, nothing in an index."""
    wish = Span(text="tarvitsee pakettiauton lauantaiksi", start=9, end=43, kind="transport")
    told = {
        "first": annotation(places=[SQUARE], movements=REPAIR),
        "swedish": annotation("sv", movements=REPAIR),
        "wish": annotation(movements=REPAIR, needs=[wish]),
        **{name: annotation() for name in ("beside", "soup", "chatter")},
    }
    made = store(settings, DRAFTS, told)
    both = workshop(made), soup(made)
    put(settings, *both)
    return Village(settings, made, {one.name: one.id for one in both})


STREET = "Toipujien ilta Vaasankatu 5:ssä Kalliossa, ovi on auki."


def build_peers(settings: Settings) -> Village:
    """A sensitive initiative with a post that is sensitive and one that is not, in a street that both name."""
    place = Place(name="Vaasankatu", start=15, end=25, lat=60.1869, lon=24.9603, **HERE)
    drafts = {
        "peers": _draft("peers", STREET, day(1)),
        "other": _draft("other", "Pihajuhlat Vaasankatu 5:ssä, tervetuloa", day(2)),
    }
    support = MovementScore(id="peer-support", score=0.9)
    told = {
        "peers": annotation(places=[place], movements=[support]),
        "other": annotation(places=[place.model_copy(update={"start": 11, "end": 21})]),
    }
    made = store(settings, drafts, told)
    one = initiative(
        [("Toipujien ilta", "fi"), ("Vaasankadun toipujat", "fi")],
        [member(made["peers"]), member(made["other"])],
        description=quote(made["peers"], STREET),
        movements=[support],
        sites=[Site(name="Vaasankatu", lat=60.1869, lon=24.9603, posts=2, **HERE)],
        hidden=("Vaasankatu", "Vaasankadun"),
    )
    put(settings, one)
    return Village(settings, made, {one.name: one.id})
