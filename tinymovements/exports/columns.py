"""The columns of posts: their names, types, meanings and where each value comes from. A promise to users."""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter

from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Column
from tinymovements.initiative import STAGES
from tinymovements.model import KINDS, LANGUAGES, Annotation, Movement, Place, Span


def make_columns(movements: dict[str, Movement], with_scores: bool) -> tuple[Column[Row], ...]:
    """All columns in their order; those of the movements follow the taxonomy."""
    columns = [*_POST, *_SAID, *(_flag(movement) for movement in movements.values())]
    if with_scores:
        columns += [_score(movement) for movement in movements.values()]
    return (*columns, *_FOUND, *_ORIGIN, *_CORRECTED, *_SHOWS)


def _flag(movement: Movement) -> Column[Row]:
    id = movement.id

    def of(row: Row) -> int | None:
        return None if row.movements is None else int(id in row.movements)

    return Column(movement_name("movement", movement), "flag", f"{_label(movement)}: whether the post belongs to it.", "0, 1", of)


def _score(movement: Movement) -> Column[Row]:
    id = movement.id

    def of(row: Row) -> float | None:
        return None if row.annotation is None else row.annotation.scores.get(id)

    return Column(movement_name("score", movement), "number", f"{_label(movement)}: how probable it is.", "0 to 1", of)


def movement_name(prefix: str, movement: Movement) -> str:
    """The name of a movement's column."""
    return f"{prefix}_{movement.id.replace('-', '_')}"


def _label(movement: Movement) -> str:
    return movement.labels["en"]


def _names(row: Row, name: Callable[[Place], str | None]) -> tuple[str, ...] | None:
    if row.annotation is None:
        return None
    return tuple(dict.fromkeys([found for place in row.annotation.places if (found := name(place))]))


def _point(row: Row) -> Place | None:
    for place in row.annotation.places if row.annotation else ():
        if place.lat is not None and place.lon is not None:
            return place
    return None


def _lat(row: Row) -> float | None:
    place = _point(row)
    return place.lat if place else None


def _lon(row: Row) -> float | None:
    place = _point(row)
    return place.lon if place else None


def _people_say(says: bool) -> Callable[[Row], tuple[str, ...] | None]:
    def of(row: Row) -> tuple[str, ...] | None:
        return tuple(verdict.label for verdict in row.verdicts if verdict.says is says) if row.verdicts else None

    return of


def _people(row: Row) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys([vote.by for verdict in row.verdicts for vote in verdict.votes])) if row.verdicts else None


def _said_last(row: Row) -> datetime | None:
    return max(vote.at for verdict in row.verdicts for vote in verdict.votes) if row.verdicts else None


def _disputed(row: Row) -> tuple[str, ...] | None:
    return tuple(verdict.label for verdict in row.verdicts if verdict.disputed) if row.verdicts else None


def _clauses(field: str, one: str, what: str, kinds: str) -> tuple[Column[Row], Column[Row]]:
    """The column of a field's clauses and that of their kinds."""

    spans: Callable[[Annotation], tuple[Span, ...]] = attrgetter(field)

    def texts(row: Row) -> tuple[str, ...] | None:
        return None if row.annotation is None or row.withheld else tuple([span.text for span in spans(row.annotation)])

    def kind(row: Row) -> tuple[str, ...] | None:
        return None if row.annotation is None else tuple([span.kind for span in spans(row.annotation)])

    return (
        Column(field, "list", f"The clauses that say {what}.", "any", texts, " | "),
        Column(f"{one}_kinds", "list", f"The kind of each {one}, in the same order.", kinds, kind, " | "),
    )


_POST: tuple[Column[Row], ...] = (
    Column(
        "id",
        "text",
        "The post's id: the same in every archive if its source gave one.",
        "26 letters and digits",
        lambda row: row.post.id,
    ),
    Column("source", "text", "The id of the source it comes from.", "helsinki-linked-events", lambda row: row.post.source),
    Column("kind", "text", "What the post is.", ", ".join(KINDS), lambda row: row.post.kind),
    Column("title", "text", "Its title, with personal data replaced.", "Talkoot [name] pihalla", lambda row: row.post.title),
    Column(
        "text",
        "text",
        "Its text, with personal data replaced by [name], [phone] and the like.",
        "any",
        lambda row: None if row.withheld else row.post.text,
    ),
    Column(
        "language",
        "text",
        "The language that the text is in, by the program's judgement.",
        ", ".join([*LANGUAGES, "unknown"]),
        lambda row: row.annotation.language if row.annotation else None,
    ),
    Column("posted", "moment", "When it was posted.", "2026-03-01T17:30:00Z", lambda row: row.post.posted),
    Column("url", "text", "Where it is on the web.", "https://…", lambda row: row.post.url),
    Column("group", "text", "The group, page, site or calendar it stands in.", "Kallio-liike", lambda row: row.post.group),
    Column(
        "author",
        "text",
        "A pseudonym: the same author of the same source has the same one within one archive, and another in another archive.",
        "letters and digits",
        lambda row: row.post.author,
    ),
    Column("place", "text", "Where it is, in the source's own words.", "Kallion kirjasto", lambda row: row.post.place),
    Column("lat", "number", "Latitude (WGS 84) of the point that the source gives.", "-90 to 90", lambda row: row.post.lat),
    Column("lon", "number", "Longitude (WGS 84) of the point that the source gives.", "-180 to 180", lambda row: row.post.lon),
    Column("starts", "moment", "When an event begins.", "2026-03-01T17:30:00Z", lambda row: row.post.starts),
    Column("ends", "moment", "When an event ends.", "2026-03-01T19:00:00Z", lambda row: row.post.ends),
    Column(
        "reactions",
        "integer",
        "How many reactions it had when last seen; empty where the source does not say.",
        "0 or more",
        lambda row: row.post.counts.reactions,
    ),
    Column(
        "comments",
        "integer",
        "How many comments it had when last seen; empty where the source does not say.",
        "0 or more",
        lambda row: row.post.counts.comments,
    ),
    Column(
        "shares",
        "integer",
        "How often it had been shared when last seen; empty where the source does not say.",
        "0 or more",
        lambda row: row.post.counts.shares,
    ),
)
"""What the source says."""

_SAID: tuple[Column[Row], ...] = (
    Column(
        "initiative",
        "number",
        "How probable it is that the post is about something citizens do or start at all.",
        "0 to 1",
        lambda row: row.annotation.initiative if row.annotation else None,
    ),
    Column(
        "self_organised",
        "number",
        "How probable it is that residents run it themselves.",
        "0 to 1",
        lambda row: row.annotation.self_organised if row.annotation else None,
    ),
    Column(
        "movements",
        "list",
        "The ids of the movements it belongs to, the most probable first.",
        "street-art;repair-and-reuse",
        lambda row: tuple(movement.id for movement in row.annotation.movements) if row.annotation else None,
        ";",
    ),
)

_FOUND: tuple[Column[Row], ...] = (
    Column(
        "places",
        "list",
        "The places it names, in their base form in the language of the text.",
        "Kallio; Malmi",
        lambda row: _names(row, lambda place: place.name),
        "; ",
    ),
    Column(
        "districts",
        "list",
        "The districts of Helsinki (peruspiiri) that its places lie in.",
        "Kallio; Malmi",
        lambda row: _names(row, lambda place: place.district),
        "; ",
    ),
    Column(
        "municipalities",
        "list",
        "The municipalities that its places lie in.",
        "Helsinki; Espoo",
        lambda row: _names(row, lambda place: place.municipality),
        "; ",
    ),
    Column("place_lat", "number", "Latitude (WGS 84) of the first of its places that has a point.", "-90 to 90", _lat),
    Column("place_lon", "number", "Longitude (WGS 84) of the first of its places that has a point.", "-180 to 180", _lon),
    *_clauses("needs", "need", "what it looks for", "space | hands"),
    *_clauses("offers", "offer", "what it has to give", "things | skills"),
    *_clauses("asks", "ask", "what it wants from the city", "permission | money"),
)

_ORIGIN: tuple[Column[Row], ...] = (
    Column(
        "near_duplicate_of",
        "text",
        "The id of the earlier post that says the same; empty where it is the first to say it.",
        "an id",
        lambda row: row.near_duplicate_of,
    ),
    Column(
        "pipeline_version",
        "text",
        "The version of the models that judged it; empty where it is not annotated yet.",
        "letters and digits",
        lambda row: row.annotation.version if row.annotation else None,
    ),
    Column(
        "content_hash",
        "text",
        "A fingerprint of all but the counts: another one means that the post has changed.",
        "hexadecimal",
        lambda row: row.post.content_hash,
    ),
    Column("first_seen", "moment", "When it came into the archive.", "2026-03-02T04:00:00Z", lambda row: row.first_seen),
    Column("licence", "text", "The licence of its source; empty where none is stated.", "CC BY 4.0", lambda row: row.licence),
    Column(
        "text_withheld",
        "flag",
        "1 where title, text and clauses are left out because the source does not allow passing them on.",
        "0, 1",
        lambda row: int(row.withheld),
    ),
)
"""What is needed to check and cite it."""

_CORRECTED: tuple[Column[Row], ...] = (
    Column(
        "corrected_yes",
        "list",
        "What people say that it is, whatever the program says; the other columns follow them.",
        "ids of movements; initiative; self-organised",
        _people_say(True),
        ";",
    ),
    Column(
        "corrected_no",
        "list",
        "What people say that it is not.",
        "ids of movements; initiative; self-organised",
        _people_say(False),
        ";",
    ),
    Column("corrected_by", "list", "Who says so or otherwise: the names or roles they gave.", "library | resident", _people, " | "),
    Column("corrected_at", "moment", "When somebody last said something of it that counts.", "2026-03-01T17:30:00Z", _said_last),
    Column(
        "disputed",
        "list",
        "What people disagree on; what counts of it is in one of the two columns.",
        "ids of movements; initiative; self-organised",
        _disputed,
        ";",
    ),
)
"""What people say in the place of the program; empty where nobody has said anything."""

_SHOWS: tuple[Column[Row], ...] = (
    Column("native_id", "text", "The post's own id at its source.", "any", lambda row: row.post.native_id),
    Column(
        "initiatives",
        "list",
        "The ids of the initiatives that it shows, first the one that it is first of all about; empty where it shows none, or is"
        " not resolved yet.",
        "i and 25 letters and digits",
        lambda row: row.initiatives or None,
        ";",
    ),
    Column(
        "stage",
        "text",
        "How far the first of these has come, as this post shows it; empty where it does not say.",
        ", ".join(STAGES),
        lambda row: row.stage,
    ),
)
"""What it is evidence of."""
