"""Where a dataset comes from, for those who must trust, check and cite it."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinymovements import __version__
from tinymovements.exports.rows import Row
from tinymovements.model import Source
from tinymovements.taxonomy import FILE as TAXONOMY
from tinymovements.taxonomy import load_taxonomy, own_file

_ALWAYS = (
    "Movements, probabilities, languages, places, needs, offers and asks are judged by a program, which errs.",
    "Only public posts are here, and of each only what its source had when it was last read.",
    "A count that is missing is not zero: the source does not say it.",
    "Posts that repeat an earlier one are rows of their own: see near_duplicate_of.",
    "Moments are in UTC.",
)


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
        share = self.sources.setdefault(row.post.source, _Share())
        share.posts += 1
        if posted := row.post.posted:
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
    return {
        "program": {"name": "tinymovements", "version": __version__},
        "pipeline_versions": dict(sorted(tally.versions.items())),
        "taxonomy": _taxonomy(),
        "query": dict(query),
        "scores": scores,
        "rows": tally.rows,
        "sources": [_facts(id, share, sources.get(id)) for id, share in sorted(tally.sources.items())],
        "caveats": list(_caveats(tally)),
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
        ids = " or ".join(sorted(load_taxonomy().sensitive))
        some.append(f"{tally.coarsened:,} posts of {ids} show places no finer than a district.")
    return (*_ALWAYS, *some)


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
    span = f", posted {days[0]} to {days[-1]}" if days else ""
    names = "; ".join(source["title"] or source["id"] for source in sources)
    posts = "1 public post" if about["rows"] == 1 else f"{about['rows']:,} public posts"
    origin = f" Sources: {names}." if names else ""
    version = about["program"]["version"]
    return (
        f"Tiny Movements {version} ({about['exported'][:4]}). {about['file']}: {posts}{span}, exported {about['exported'][:10]}."
        f"{origin} SHA-256 {about['sha256']}."
    )
