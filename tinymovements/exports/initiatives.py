"""What leaves the archive of one initiative, and the columns of initiatives."""

import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tinymovements.exports.columns import movement_name
from tinymovements.exports.rows import is_withheld
from tinymovements.exports.unit import Column, Unit
from tinymovements.initiative import STAGES, Initiative, Member, Quote, Site, StageSign, Want, Wish
from tinymovements.model import LANGUAGES, Movement, Source
from tinymovements.privacy.sensitive import shown_initiative

ID = "i and 25 letters and digits"


@dataclass(frozen=True, slots=True)
class InitiativeRow:
    """One initiative of a dataset, with nothing in it that may not be passed on."""

    initiative: Initiative
    withheld: bool
    """Some of its posts may be analysed but not passed on: their words are left out."""
    coarsened: bool
    """Its places were made coarser, for what they would tell of people."""

    @property
    def name(self) -> str | None:
        """What it is called; None where only posts say so that may not be passed on."""
        return self.initiative.name or None


def make_initiative_row(
    initiative: Initiative, sources: Mapping[str, Source], words: Callable[[Sequence[str]], str]
) -> InitiativeRow:
    """The row of an initiative. `words` gives all that posts (by id) say; asked only where others may not be passed on."""
    withheld = {member.post for member in initiative.members if is_withheld(sources.get(member.source))}
    if withheld:
        others = [member.post for member in initiative.members if member.post not in withheld]
        initiative = _without_texts(initiative, withheld, words(others).casefold())
    told = shown_initiative(initiative)
    return InitiativeRow(told.model_copy(update={"hidden": None}), bool(withheld), told is not initiative)


def _without_texts(initiative: Initiative, withheld: AbstractSet[str], said: str) -> Initiative:
    """The initiative without the words of some posts; a name and an address stay where other posts or people say them too."""

    def quote(one: Quote) -> Quote:
        return one.model_copy(update={"text": ""}) if one.post in withheld else one

    def sign(one: StageSign | None) -> StageSign | None:
        return one and one.model_copy(update={"quote": quote(one.quote)})

    def want(one: Want) -> Want:
        words = () if one.quote.post in withheld else one.words
        return one.model_copy(update={"quote": quote(one.quote), "because": one.because and quote(one.because), "words": words})

    def member(one: Member) -> Member:
        return one.model_copy(update={"stage": sign(one.stage)}) if one.stage else one

    names = tuple(name for name in initiative.names if not name.posts or name.text.casefold() in said)
    return initiative.model_copy(
        update={
            "names": names or (initiative.names[0].model_copy(update={"text": ""}),),
            "description": initiative.description and quote(initiative.description),
            "stage": sign(initiative.stage),
            "stages": tuple(map(sign, initiative.stages)),
            "wants": tuple(map(want, initiative.wants)),
            "links": tuple(link for link in initiative.links if link.casefold() in said),
            "members": tuple(map(member, initiative.members)),
        }
    )


def initiatives_unit(movements: Mapping[str, Movement]) -> Unit[InitiativeRow]:
    """One row an initiative. JSON has the whole `Initiative`, as `tinymovements.initiative` has it."""
    return Unit("initiatives", (*_WHAT, *map(_flag, movements.values()), *_LIFE, *_EVIDENCE, *_WHERE, *_WANTS), _line, point)


def point(row: InitiativeRow) -> tuple[float, float] | None:
    """Where it is: the first of its places that has a point."""
    sites = row.initiative.sites
    return next(((site.lat, site.lon) for site in sites if site.lat is not None and site.lon is not None), None)


def _line(row: InitiativeRow) -> str:
    rest = json.dumps({"text_withheld": row.withheld})
    return f'{{"initiative":{row.initiative.model_dump_json(exclude={"hidden"})},{rest[1:]}'


def _flag(movement: Movement) -> Column[InitiativeRow]:
    id = movement.id

    def of(row: InitiativeRow) -> int:
        return int(any(found.id == id for found in row.initiative.movements))

    return Column(
        movement_name("movement", movement), "flag", f"{movement.labels['en']}: whether the initiative belongs to it.", "0, 1", of
    )


def _quoted(quote: Quote | None) -> str | None:
    return (quote.text or None) if quote else None


def _names(row: InitiativeRow, name: Callable[[Site], str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for site in row.initiative.sites if (found := name(site))))


def _stages(row: InitiativeRow) -> tuple[str, ...]:
    signs = row.initiative.stages
    return tuple(f"{sign.stage} {sign.quote.posted.date()}" if sign.quote.posted else sign.stage for sign in signs)


def _groups(row: InitiativeRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys(member.group for member in row.initiative.members if member.group))


def _open(row: InitiativeRow, wish: Wish) -> list[Want]:
    return [want for want in row.initiative.wants if want.wish == wish and want.status == "open"]


def _wishes(wish: Wish, what: str, kinds: str) -> tuple[Column[InitiativeRow], Column[InitiativeRow]]:
    """The column of the clauses that still stand, and that of their kinds."""
    return (
        Column(
            f"{wish}s",
            "list",
            f"The clauses that say {what}, as far as that is still open.",
            "any",
            lambda row: tuple(want.quote.text for want in _open(row, wish)),
            " | ",
        ),
        Column(
            f"{wish}_kinds",
            "list",
            f"The kind of each {wish}, in the same order.",
            kinds,
            lambda row: tuple(want.kind for want in _open(row, wish)),
            " | ",
        ),
    )


_WHAT: tuple[Column[InitiativeRow], ...] = (
    Column("id", "text", "The initiative's id; it stays the same when posts join it.", ID, lambda row: row.initiative.id),
    Column("name", "text", "The name that its posts use most, or that somebody gave it.", "Kyläpajan ilta", lambda row: row.name),
    Column(
        "other_names",
        "list",
        "What else it is called, the most used first.",
        "Kyläpaja | Byverkstaden",
        lambda row: tuple(name.text for name in row.initiative.names[1:]),
        " | ",
    ),
    Column("named_by_person", "flag", "1 where a person named it.", "0, 1", lambda row: int(row.initiative.named_by_person)),
    Column(
        "description",
        "text",
        "The sentence of its posts that tells best what it is.",
        "any",
        lambda row: _quoted(row.initiative.description),
    ),
    Column(
        "description_post",
        "text",
        "The id of the post that the sentence is from.",
        "an id",
        lambda row: row.initiative.description.post if row.initiative.description else None,
    ),
    Column(
        "movements",
        "list",
        "The ids of the movements it belongs to, the most probable first.",
        "street-art;repair-and-reuse",
        lambda row: tuple(movement.id for movement in row.initiative.movements),
        ";",
    ),
    Column(
        "self_organised",
        "number",
        "How probable it is that residents run it themselves.",
        "0 to 1",
        lambda row: row.initiative.self_organised,
    ),
)

_LIFE: tuple[Column[InitiativeRow], ...] = (
    Column(
        "stage",
        "text",
        "How far it has come by the last post that shows it; empty where none does.",
        ", ".join(STAGES),
        lambda row: row.initiative.stage.stage if row.initiative.stage else None,
    ),
    Column(
        "stage_posted",
        "moment",
        "When the post was posted that shows it.",
        "2026-03-01T17:30:00Z",
        lambda row: row.initiative.stage.quote.posted if row.initiative.stage else None,
    ),
    Column(
        "stage_quote",
        "text",
        "The words that show it.",
        "any",
        lambda row: _quoted(row.initiative.stage.quote) if row.initiative.stage else None,
    ),
    Column(
        "stage_post",
        "text",
        "The id of the post that says them.",
        "an id",
        lambda row: row.initiative.stage.quote.post if row.initiative.stage else None,
    ),
    Column(
        "stage_rule",
        "text",
        "The rule that they meet, as docs/stages.md lists them.",
        "an id of a rule",
        lambda row: row.initiative.stage.rule if row.initiative.stage else None,
    ),
    Column(
        "stages", "list", "How it went: each change of stage, and when.", "spark 2026-03-01 | active 2026-05-02", _stages, " | "
    ),
    Column("first", "moment", "When the first of its posts was posted.", "2026-03-01T17:30:00Z", lambda row: row.initiative.first),
    Column("last", "moment", "When the last of its posts was posted.", "2026-05-02T09:00:00Z", lambda row: row.initiative.last),
)

_EVIDENCE: tuple[Column[InitiativeRow], ...] = (
    Column("posts", "integer", "How many posts show it.", "1 or more", lambda row: len(row.initiative.members)),
    Column(
        "main_posts",
        "integer",
        "How many of them are first of all about it.",
        "0 or more",
        lambda row: sum(member.main for member in row.initiative.members),
    ),
    Column(
        "post_ids",
        "list",
        "The ids of these posts, oldest first, the undated ones last.",
        "ids",
        lambda row: tuple(member.post for member in row.initiative.members),
        ";",
    ),
    Column(
        "languages",
        "list",
        "The languages of its posts, the most frequent first.",
        ";".join([*LANGUAGES, "unknown"]),
        lambda row: row.initiative.languages,
        ";",
    ),
    Column(
        "sources",
        "list",
        "The ids of the sources of its posts, the most frequent first.",
        "ids",
        lambda row: row.initiative.sources,
        ";",
    ),
    Column("groups", "list", "The groups, pages and calendars that its posts stand in.", "Kallio-liike", _groups, " | "),
    Column("links", "list", "Addresses that its posts give.", "https://…", lambda row: row.initiative.links, " | "),
    Column(
        "text_withheld",
        "flag",
        "1 where the words of some of its posts are left out because their source does not allow passing them on.",
        "0, 1",
        lambda row: int(row.withheld),
    ),
)

_WHERE: tuple[Column[InitiativeRow], ...] = (
    Column(
        "places",
        "list",
        "The places where it is, those that most posts name first.",
        "Kallio; Malmi",
        lambda row: _names(row, lambda site: site.name),
        "; ",
    ),
    Column(
        "districts", "list", "The districts of its places.", "Kallio", lambda row: _names(row, lambda site: site.district), "; "
    ),
    Column(
        "municipalities",
        "list",
        "The municipalities of its places.",
        "Helsinki",
        lambda row: _names(row, lambda site: site.municipality),
        "; ",
    ),
    Column(
        "place_lat",
        "number",
        "Latitude (WGS 84) of the first of its places that has a point.",
        "-90 to 90",
        lambda row: at[0] if (at := point(row)) else None,
    ),
    Column(
        "place_lon",
        "number",
        "Longitude (WGS 84) of the first of its places that has a point.",
        "-180 to 180",
        lambda row: at[1] if (at := point(row)) else None,
    ),
)

_WANTS = (
    *_wishes("need", "what it looks for", "space | hands"),
    *_wishes("offer", "what it has to give", "things | skills"),
    *_wishes("ask", "what it wants from the city", "permission | money"),
)
