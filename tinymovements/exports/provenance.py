"""Where a dataset comes from, for those who must trust, check and cite it."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinymovements import __version__
from tinymovements.exports.initiatives import InitiativeRow
from tinymovements.exports.rows import Row
from tinymovements.model import Source
from tinymovements.taxonomy import FILE as TAXONOMY
from tinymovements.taxonomy import load_taxonomy, own_file

_ALWAYS = (
    "Movements, probabilities, languages, places, needs, offers and asks are judged by a program, which errs.",
    "Only public posts are here, and of each only what its source had when it was last read.",
)
_OF_POSTS = (
    "A count that is missing is not zero: the source does not say it.",
    "Posts that repeat an earlier one are rows of their own: see near_duplicate_of.",
)
_OF_INITIATIVES = (
    "Which posts are of one initiative a program judges: it may part what is one, and join what is two.",
    "A name, a description and a stage are what posts say; an initiative that nobody posts of is not here.",
)
_OF_UNIT = {
    "ties": ("A tie is what posts show. It is no proof that the two know of each other, nor that the one came of the other.",),
    "spread": (
        "An order in time is no cause: that one came after another does not say that it came of it.",
        "Nobody can see what was not collected: an earlier sign than the first day of its sources cannot show.",
    ),
}
_MOMENTS = "Moments are in UTC."

_NOUNS = {
    "posts": ("public post", "public posts"),
    "initiatives": ("initiative", "initiatives"),
    "wants": ("need, offer or ask", "needs, offers and asks"),
    "ties": ("tie", "ties"),
    "spread": ("place", "places"),
}
"""What one row is, and several are, in a citation."""


@dataclass(slots=True)
class _Share:
    posts: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class Tally:
    """Counts the rows of a dataset as they are written."""

    rows: int = 0
    not_annotated: int = 0
    withheld: int = 0
    coarsened: int = 0
    corrected: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    sources: dict[str, _Share] = field(default_factory=dict)
    _counted: set[str] = field(default_factory=set)
    """Ids of posts: one may show several initiatives."""

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.withheld += row.withheld
        self.corrected += bool(row.verdicts)
        if row.annotation is None:
            self.not_annotated += 1
        else:
            self.versions[row.annotation.version] += 1
            self.coarsened += row.coarsened
        self._share(row.post.source, row.post.posted)

    def add_initiative(self, row: InitiativeRow) -> None:
        """Count an initiative and its posts; whoever writes rows of it counts those."""
        self.withheld += row.withheld
        self.coarsened += row.coarsened
        for member in row.initiative.members:
            if member.post not in self._counted:
                self._counted.add(member.post)
                self._share(member.source, member.posted)

    def _share(self, source: str, posted: datetime | None) -> None:
        share = self.sources.setdefault(source, _Share())
        share.posts += 1
        if posted:
            share.first = min(posted, share.first or posted)
            share.last = max(posted, share.last or posted)

    def join(self, other: "Tally") -> None:
        """Add what another counted of further rows."""
        for name in ("rows", "not_annotated", "withheld", "coarsened", "corrected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.versions += other.versions
        for id, theirs in other.sources.items():
            share = self.sources.setdefault(id, _Share())
            share.posts += theirs.posts
            share.first = min((day for day in (share.first, theirs.first) if day), default=None)
            share.last = max((day for day in (share.last, theirs.last) if day), default=None)


def provenance(tally: Tally, query: Mapping[str, Any], sources: Mapping[str, Source], scores: bool) -> dict[str, Any]:
    """What is true of the rows, whatever file they are in and whenever it was written."""
    own = {"pipeline_versions": dict(sorted(tally.versions.items())), "scores": scores}
    return _about("posts", tally, query, sources, (*_ALWAYS, *_OF_POSTS, _MOMENTS, *_caveats(tally))) | own


def provenance_of_initiatives(
    unit: str, tally: Tally, query: Mapping[str, Any], sources: Mapping[str, Source], resolvers: Sequence[str]
) -> dict[str, Any]:
    """The same of rows that are made of initiatives. `resolvers` are the versions of what made these."""
    caveats = (*_ALWAYS, *_OF_INITIATIVES, *_OF_UNIT.get(unit, ()), _MOMENTS, *_of_records(tally))
    return _about(unit, tally, query, sources, caveats) | {"resolver_versions": list(resolvers)}


def _about(
    unit: str, tally: Tally, query: Mapping[str, Any], sources: Mapping[str, Source], caveats: Sequence[str]
) -> dict[str, Any]:
    return {
        "program": {"name": "tinymovements", "version": __version__},
        "unit": unit,
        "taxonomy": _taxonomy(),
        "query": dict(query),
        "rows": tally.rows,
        "sources": [_facts(id, share, sources.get(id)) for id, share in sorted(tally.sources.items())],
        "caveats": list(caveats),
    }


def _taxonomy() -> dict[str, Any]:
    """The movements, and the fingerprints of the files that define them: the one that ships, and the user's where there is one."""
    taxonomy = load_taxonomy()
    own = hashlib.sha256(Path(own_file()).read_bytes()).hexdigest() if taxonomy.own else None
    shipped = hashlib.sha256(TAXONOMY.read_bytes()).hexdigest()
    return {"sha256": shipped, "own_sha256": own, "movements": list(taxonomy.ids), "own_movements": list(taxonomy.own)}


def _facts(id: str, share: _Share, source: Source | None) -> dict[str, Any]:
    stated = source.model_dump(mode="json", include={"title", "publisher", "url", "licence", "legal_basis"}) if source else {}
    return {
        "id": id,
        **{name: stated.get(name) for name in ("title", "publisher", "url", "licence", "legal_basis")},
        "posts": share.posts,
        "first_posted": _day(share.first),
        "last_posted": _day(share.last),
    }


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def _caveats(tally: Tally) -> tuple[str, ...]:
    some = []
    if tally.not_annotated:
        some.append(f"{tally.not_annotated:,} posts are not annotated: what that would tell is empty, and so are their points.")
    if len(tally.versions) > 1:
        some.append("The posts were judged by several versions of the models: see pipeline_version.")
    if tally.corrected:
        some.append(f"Of {tally.corrected:,} posts people corrected what the program says: see corrected_by.")
    if tally.withheld:
        some.append(f"The texts of {tally.withheld:,} posts are left out, for their sources do not allow passing them on.")
    if tally.coarsened:
        some.append(f"{tally.coarsened:,} posts of {_sensitive()} show places no finer than a district.")
    return tuple(some)


def _of_records(tally: Tally) -> tuple[str, ...]:
    some = []
    if tally.withheld:
        some.append(f"Of {tally.withheld:,} initiatives words are left out, for their sources do not allow passing them on.")
    if tally.coarsened:
        some.append(f"{tally.coarsened:,} initiatives, of {_sensitive()}, show places no finer than a district.")
    return tuple(some)


def _sensitive() -> str:
    return " or ".join(sorted(load_taxonomy().sensitive))


def described(about: Mapping[str, Any], file: str, sha256: str, columns: int, notes: tuple[str, ...]) -> dict[str, Any]:
    """The provenance of one file: that of its rows, and what is true of this file alone."""
    now = datetime.now(UTC).replace(microsecond=0)
    own = {"file": file, "sha256": sha256, "columns": columns, "exported": now.isoformat().replace("+00:00", "Z")}
    whole = {**own, **about, "caveats": [*about["caveats"], *notes]}
    return {**whole, "cite": citation(whole)}


def citation(about: Mapping[str, Any]) -> str:
    """One line to cite a dataset by."""
    sources = about["sources"]
    days = sorted(day for source in sources for day in (source["first_posted"], source["last_posted"]) if day)
    posted = "posted" if about["unit"] == "posts" else "told in posts of"
    span = f", {posted} {days[0]} to {days[-1]}" if days else ""
    names = "; ".join(source["title"] or source["id"] for source in sources)
    one, several = _NOUNS[about["unit"]]
    rows = f"1 {one}" if about["rows"] == 1 else f"{about['rows']:,} {several}"
    origin = f" Sources: {names}." if names else ""
    version = about["program"]["version"]
    return (
        f"Tiny Movements {version} ({about['exported'][:4]}). {about['file']}: {rows}{span}, exported {about['exported'][:10]}."
        f"{origin} SHA-256 {about['sha256']}."
    )
