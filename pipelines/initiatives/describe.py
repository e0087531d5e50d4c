"""The record of an initiative, in the words of its posts: nothing in it is invented."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipelines.initiatives.clusters import Cluster
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.forms import folded, usual_form
from pipelines.initiatives.names import Word, probability, says_when, words
from pipelines.initiatives.pages import group_places, page_terms
from pipelines.initiatives.signals import links
from pipelines.initiatives.stages import course, read_stage
from pipelines.initiatives.times import read_times
from pipelines.initiatives.wants import gather_wants
from pipelines.sentences import sentences
from pipelines.terms import terms
from tinymovements.gazetteer import load_gazetteer
from tinymovements.initiative import Initiative, Member, Name, Quote, Site, StageSign, initiative_id
from tinymovements.model import MovementScore
from tinymovements.privacy.sensitive import hidden_words

_NAME_BEGINS, _NAME_GOES_ON, _CAPITAL_GOES_ON = 0.3, 0.15, 0.03
"""Probabilities of a word from which on it makes a name, or is part of the one beside it, without or with a capital."""
_NAMES, _LINKS = 6, 10
_PAGE = 1.0
"""What a page's own name counts beside the probabilities of names in its posts."""
_BETWEEN = re.compile(r"[ \-–]|(?: (?:n|and|och|ja|of|the|i|på|vid|in) )|[ ]&[ ]")
_ASIDE = re.compile(r"\s*\([^)]*\)|\s+(?:ry|rf)\b\.?|,\s.*$")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_SHORTEST, _LONGEST = 30, 240
"""Characters of a sentence that can tell what an initiative is."""
_ACCEPTED = 1 / 3
"""Of the posts to which a movement was given, so many must have it."""
_TITLE, _TELLING = 70, 15
"""Characters of a title that names what nobody has named yet, and of a sentence that does."""


def describe(cluster: Cluster, evidence: Mapping[int, Evidence], given_name: str | None = None) -> Initiative:
    """The initiative of a cluster. `given_name` is what a person said that it is called."""
    main = sorted((evidence[number] for number in cluster.main), key=_moment)
    signs = {post.number: read_stage(post) for post in main}
    stages = course([sign for post in main if (sign := signs[post.number])])
    movements = _movements(main)
    named = _names(main)
    names = tuple(named) or (_unnamed(main),)
    if given_name:
        language = main[0].annotation.language
        names = (Name(text=given_name, language=language, posts=0), *(name for name in names if name.text != given_name))
    return Initiative(
        id=initiative_id(min(main, key=lambda post: post.number).id),
        names=names,
        named_by_person=given_name is not None,
        description=_description(main, names),
        movements=movements,
        self_organised=sum(post.annotation.self_organised for post in main) / len(main),
        sites=_sites(main),
        stage=stages[-1] if stages else None,
        stages=stages,
        wants=gather_wants(main),
        links=_links(main),
        hidden=hidden_words([movement.id for movement in movements], [(post.title, post.text, post.annotation) for post in main]),
        members=tuple(_members(cluster, evidence, signs)),
    )


def _moment(post: Evidence) -> tuple[bool, datetime, str]:
    return post.posted is None, post.posted or datetime(1, 1, 1, tzinfo=UTC), post.id


def _members(cluster: Cluster, evidence: Mapping[int, Evidence], signs: Mapping[int, StageSign | None]) -> Iterator[Member]:
    for post in sorted((evidence[number] for number in (*cluster.main, *cluster.beside)), key=_moment):
        yield Member(
            post=post.id,
            posted=post.posted,
            source=post.source,
            group=post.group,
            language=post.annotation.language,
            main=post.number in signs,
            stage=signs.get(post.number),
        )


@dataclass(slots=True)
class _Called:
    """A name as posts write it."""

    told: float = 0.0
    posts: set[int] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    languages: Counter[str] = field(default_factory=Counter)


def _names(main: Sequence[Evidence]) -> list[Name]:
    """The names that posts use, the one that tells most first; forms of one name are one."""
    called: dict[str, _Called] = defaultdict(_Called)
    said = {term for post in main for word in words(post) for term in terms(word.text.lower(), post.annotation.language)}
    for post in main:
        for text, told in {**_page_name(post, said), **dict(_phrases(post))}.items():
            of = called[folded(text, post.annotation.language)]
            of.told += told
            of.posts.add(post.number)
            of.forms.add(text)
            of.languages[post.annotation.language] += 1
    ordered = sorted(called.values(), key=lambda name: (-name.told, min(name.forms)))
    enough = [name for name in ordered if name.told >= _NAME_BEGINS and (len(name.posts) > 1 or name.told >= ordered[0].told / 3)]
    return [_name(name) for name in enough[:_NAMES]]


def _name(called: _Called) -> Name:
    language = called.languages.most_common(1)[0][0]
    return Name(text=usual_form(called.forms, language), language=language, posts=len(called.posts))


def _page_name(post: Evidence, said: Collection[str]) -> dict[str, float]:
    """The name of the page that a post stands on, if a word of it, that is no place's, is said in posts too."""
    page = page_terms(post.group or "")
    if not post.group or _PLACEHOLDER.search(post.group) or not any(term in said for word in page for term in word):
        return {}
    return {name: _PAGE} if (name := _ASIDE.sub("", post.group).strip()) else {}


def _phrases(post: Evidence) -> Iterator[tuple[str, float]]:
    """Runs of words that are a name, each with how probably."""
    run: list[tuple[Word, float]] = []
    for word in words(post):
        told = probability(word, post.annotation.language)
        text = (post.title if word.field == "title" else post.text) or ""
        joined = run and run[-1][0].field == word.field and _BETWEEN.fullmatch(text[run[-1][0].end : word.start])
        goes_on = told >= (_CAPITAL_GOES_ON if word.capital else _NAME_GOES_ON)
        if not joined or not goes_on:
            yield from _phrase(run, post)
            run = []
        if goes_on:
            run.append((word, told))
    yield from _phrase(run, post)


def _phrase(run: Sequence[tuple[Word, float]], post: Evidence) -> Iterator[tuple[str, float]]:
    told = max((told for _, told in run), default=0.0)
    of_place = all(word.of_place for word, _ in run)
    if told >= _NAME_BEGINS and not of_place and not all(says_when(word.text, post.annotation.language) for word, _ in run):
        text = (post.title if run[0][0].field == "title" else post.text) or ""
        yield text[run[0][0].start : run[-1][0].end], told


def _unnamed(main: Sequence[Evidence]) -> Name:
    """What stands for a name where nobody has given one: the title, or the first sentence, of the post that is surest about it."""
    first = max(main, key=lambda post: (post.title is not None, post.annotation.initiative + post.annotation.self_organised))
    said = (first.title or first.text).strip().splitlines()[0]
    end = next((end for start, end in sentences(said) if end - start >= _TELLING), len(said))
    said = said[:end].rstrip(" .…") or said
    text = said if len(said) <= _TITLE else f"{said[:_TITLE].rsplit(' ', 1)[0]}…"
    return Name(text=text or first.id, language=first.annotation.language, posts=1)


def _description(main: Sequence[Evidence], names: Sequence[Name]) -> Quote | None:
    """The sentence that tells best what it is: it names it, says where and when, and is neither long nor a cry."""
    called = [folded(name.text, name.language) for name in names[:2]]
    found = (
        (_tells(text[start:end], post, called), -order, post, start, end)
        for order, post in enumerate(main)
        for text in (post.text,)
        for start, end in sentences(text)
    )
    best = max(found, key=lambda told: told[:2], default=None)
    if best is None:
        return None
    _, _, post, start, end = best
    return Quote(
        post=post.id, text=post.text[start:end], start=start, end=end, posted=post.posted, language=post.annotation.language
    )


def _tells(sentence: str, post: Evidence, names: Sequence[str]) -> float:
    told = post.annotation
    said = folded(sentence, told.language)
    length = len(sentence)
    return (
        2.0 * any(name and name in said for name in names)
        + 0.7 * any(place.name in sentence for place in told.places)
        + 0.7 * any(read_times(sentence))
        + 0.5 * told.initiative
        + 0.5 * told.self_organised
        + 0.5 * max((movement.score for movement in told.movements), default=0.0)
        - 1.5 * (length < _SHORTEST)
        - 1.0 * (length > _LONGEST)
        - 0.7 * sentence.rstrip().endswith("?")
        - 0.5 * len(_PLACEHOLDER.findall(sentence))
    )


def _movements(main: Sequence[Evidence]) -> tuple[MovementScore, ...]:
    """Those that a third of the posts have that have any, by their mean score there."""
    scores: dict[str, list[float]] = defaultdict(list)
    for post in main:
        for movement in post.annotation.movements:
            scores[movement.id].append(movement.score)
    judged = sum(bool(post.annotation.movements) for post in main)
    kept = {id: sum(each) / judged for id, each in scores.items() if len(each) >= judged * _ACCEPTED}
    return tuple(MovementScore(id=id, score=min(1.0, kept[id])) for id in sorted(kept, key=lambda id: (-kept[id], id)))


def _sites(main: Sequence[Evidence]) -> tuple[Site, ...]:
    """The places that posts tell of; where a post tells of none, those of its group's name."""
    posts: Counter[tuple[str, str | None, str | None]] = Counter()
    points: dict[tuple[str, str | None, str | None], tuple[float, float]] = {}
    for post in main:
        found = set()
        for place in post.annotation.places:
            where = (place.name, place.district, place.municipality)
            found.add(where)
            if place.lat is not None and place.lon is not None:
                points.setdefault(where, (place.lat, place.lon))
        posts.update(found or set(_of_group(post.group or "", points)))
    order = sorted(posts, key=lambda where: (-posts[where], where[1] is None, where[0]))
    return tuple(
        Site(
            name=name,
            lat=points.get((name, district, municipality), (None, None))[0],
            lon=points.get((name, district, municipality), (None, None))[1],
            district=district,
            municipality=municipality,
            posts=posts[name, district, municipality],
        )
        for name, district, municipality in order
    )


def _links(main: Sequence[Evidence]) -> tuple[str, ...]:
    """The addresses that posts give, as they are first written: only so does one lead where it should."""
    found: dict[str, str] = {}
    for post in main:
        for link, written in links(post).items():
            found.setdefault(link, written)
    return tuple(found.values())[:_LINKS]


def _of_group(
    group: str, points: dict[tuple[str, str | None, str | None], tuple[float, float]]
) -> Iterable[tuple[str, str | None, str | None]]:
    gazetteer = load_gazetteer()
    for name in group_places(group):
        for entry in gazetteer.likely(name)[:1]:
            if entry.kind != "country":
                where = (entry.name, entry.district, entry.municipality)
                if centre := gazetteer.centre(entry):
                    points.setdefault(where, centre)
                yield where
