"""Ties between initiatives: what they are, and their columns."""

from dataclasses import dataclass
from datetime import datetime

from tinymovements.exports.graphs import Ends
from tinymovements.exports.initiatives import ID
from tinymovements.exports.unit import Column, Unit, by_columns

KINDS: dict[str, str] = {
    "shared_post": "A post shows both. The weight is how many posts do.",
    "mention": "Posts that are first of all about one name the other, too: from the one that speaks to the one spoken of.",
    "link": "Posts of one link to a post or a page of the other: from the one that links.",
    "same_group": "Posts of both stand in one group, page or calendar. The weight is how many of these they share.",
    "same_author": "One author of one source wrote of both. The weight is how many did; who, and in which posts, is not told.",
    "successor": "The record of one has become part of the other's: from the id that was, to the one that is.",
}
"""Each kind, and what it says."""

DIRECTED = frozenset({"mention", "link", "successor"})
"""The kinds that go from one to the other; in a graph the rest go both ways."""

MOST_TOGETHER = 50
"""Initiatives that may share a group or an author for that to tie them. Of n each pair would be tied: 50 make 1,225 ties, and the
thousand that meet in the forum of a city 499,500, of which none says anything."""

MOST_POSTS = 20
"""Posts that are told as evidence of one tie, the oldest: enough to check it, and a cell stays readable."""


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties two initiatives, of one kind."""

    source: str
    target: str
    kind: str
    weight: int
    first: datetime | None
    last: datetime | None
    posts: tuple[str, ...]

    @property
    def ends(self) -> tuple[Ends, ...]:
        """From where to where it goes, once for each direction."""
        forth = (self.source, self.target)
        return (forth,) if self.kind in DIRECTED else (forth, forth[::-1])


def ties_unit() -> Unit[Tie]:
    """One row a tie."""
    return Unit("ties", TIE_COLUMNS, by_columns(TIE_COLUMNS))


TIE_COLUMNS: tuple[Column[Tie], ...] = (
    Column("source", "text", "The id of the initiative it begins at.", ID, lambda tie: tie.source),
    Column("target", "text", "The id of the initiative it ends at.", ID, lambda tie: tie.target),
    Column(
        "type",
        "text",
        "Whether it goes from the one to the other, or has no direction.",
        "Directed, Undirected",
        lambda tie: "Directed" if tie.kind in DIRECTED else "Undirected",
    ),
    Column("kind", "text", "What ties them, as docs/data-format.md explains.", ", ".join(KINDS), lambda tie: tie.kind),
    Column("weight", "integer", "How many posts, groups or authors tie them.", "1 or more", lambda tie: tie.weight),
    Column("first", "moment", "When the first post of it was posted.", "2026-03-01T17:30:00Z", lambda tie: tie.first),
    Column("last", "moment", "When the last post of it was posted.", "2026-05-02T09:00:00Z", lambda tie: tie.last),
    Column("posts", "list", f"The ids of the posts that show it, the first {MOST_POSTS}.", "ids", lambda tie: tie.posts, ";"),
)

EDGE_COLUMNS = tuple(column for column in TIE_COLUMNS if column.name not in ("source", "target", "type"))
"""What the edges of a graph have besides their ends: there a tie without direction is two edges."""

NODE_NAMES = (
    *("name", "movements", "self_organised", "stage", "first", "last", "posts", "languages", "sources"),
    *("districts", "municipalities", "place_lat", "place_lon"),
)
"""The columns of initiatives that the nodes of a graph have."""
