"""The tables of the archive, the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """Moments in UTC: SQLite has no zones, so they are taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """For SQLite the text that SQLAlchemy makes there: by its way, four moments took a tenth of the time of storing a post."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, with the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# BigInteger, but INTEGER on SQLite: only that is its own row number.
Number = BigInteger().with_variant(Integer(), "sqlite")


def key(length: int) -> String:
    """An id that posts are ordered or joined by: byte by byte on both databases, whatever language the server speaks."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


posts = Table(
    "posts",
    metadata,
    # In order of arrival: what is derived "from the first to the last" is the same at every rebuild.
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("id", key(26), nullable=False, unique=True),
    Column("source", key(60), nullable=False),
    Column("native_id", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("title", Text),
    Column("text", Text, nullable=False),
    Column("author", String(40)),
    Column("group", Text),
    Column("url", Text),
    Column("posted", UtcDateTime),
    Column("language", String(2)),
    Column("place", Text),
    Column("lat", Float),
    Column("lon", Float),
    Column("starts", UtcDateTime),
    Column("ends", UtcDateTime),
    Column("reactions", Integer),
    Column("comments", Integer),
    Column("shares", Integer),
    Column("content_hash", String(64), nullable=False),
    # Grows with every change of the post or its annotation: an index that has an older one is behind.
    Column("revision", Integer, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    UniqueConstraint("source", "native_id"),
    sqlite_autoincrement=True,
)

versions = Table(
    "versions",
    metadata,
    Column("post", ForeignKey("posts.number", ondelete="CASCADE"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("seen", UtcDateTime, nullable=False),
)

annotations = Table(
    "annotations",
    metadata,
    Column("post", ForeignKey("posts.number", ondelete="CASCADE"), primary_key=True),
    Column("version", String(40), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("annotation", Text, nullable=False),
)

OF_NOW = (annotations.c.post == posts.c.number) & (annotations.c.content_hash == posts.c.content_hash)
"""Joins posts with the annotation of what they say now: an older one would quote what is not there any more."""

# What the encoder made of posts: working it out again takes a hundred times as long as all the rest of an annotation.
meanings = Table(
    "meanings",
    metadata,
    Column("post", ForeignKey("posts.number", ondelete="CASCADE"), primary_key=True),
    Column("encoder", String(12), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("says", LargeBinary, nullable=False),
)

# What people said of posts, all of it: what somebody says later comes beside what they said before.
corrections = Table(
    "corrections",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("post", ForeignKey("posts.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(60), nullable=False),
    # Empty where somebody takes back what they said.
    Column("says", Boolean),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    sqlite_autoincrement=True,
)

# No foreign key: what to take out with a post is worked out from its text, which spares an index of the size of the table.
signatures = Table(
    "signatures",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("post", Number, primary_key=True),
    sqlite_with_rowid=False,
)

# Those of the latest posts, until there are enough of them to be worth the way (tinymovements.archive.duplicates.FRESH).
fresh_signatures = Table(
    "fresh_signatures",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("post", Number, primary_key=True),
    sqlite_with_rowid=False,
)

near_duplicates = Table(
    "near_duplicates",
    metadata,
    Column("post", ForeignKey("posts.number", ondelete="CASCADE"), primary_key=True),
    Column("original", ForeignKey("posts.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("similarity", Float, nullable=False),
)

crawl_states = Table(
    "crawl_states",
    metadata,
    Column("source", key(60), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("source", key(60), nullable=False, index=True),
    Column("step", String(10), nullable=False),
    Column("started", UtcDateTime, nullable=False),
    Column("finished", UtcDateTime),
    Column("outcome", String(10)),
    Column("counts", JSON, nullable=False),
    Column("message", Text),
    sqlite_autoincrement=True,
)

# The index that has every post as it is now, but for those in `changes`. Without one, an index has to be made anew.
indexed = Table("indexed", metadata, Column("index", String(80), primary_key=True))

# Triggers of `posts` note here what is new, has another revision, or is gone (revision 0).
changes = Table(
    "changes",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("id", key(26), nullable=False),
    Column("revision", Integer, nullable=False),
)

# What resolution read of each post, by which it is found among the others. No foreign keys in the tables of initiatives: a trigger
# of `posts` takes out what a post leaves.
signals = Table(
    "signals",
    metadata,
    Column("post", Number, primary_key=True, autoincrement=False),
    # Of the resolver, the annotation, the content and what people said: what has another one is read anew.
    Column("state", String(160), nullable=False),
    # Whether what it belongs to was made since it was read, and since people decided about it.
    Column("settled", Boolean, nullable=False),
    # Orders the posts that share a key: by day, and those of one day always alike.
    Column("place", BigInteger, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    # What it says for itself, and where it may be: with the pairs, all that groups are made of.
    Column("told", LargeBinary, nullable=False),
    # The posts that it is likest to, and how much; empty where it was not compared yet.
    Column("nearest", LargeBinary),
    # Posts that it was compared with because a third one is like both, and how like they are.
    Column("beyond", LargeBinary),
)

# What of a post is compared. Beside `signals`, which is read as a whole at each resolution: this is five times as long.
marks = Table(
    "marks",
    metadata,
    Column("post", Number, primary_key=True, autoincrement=False),
    Column("signal", LargeBinary, nullable=False),
)

# One row for each time that initiatives were kept: its number is their revision, which so grows even beyond a removal.
resolutions = Table(
    "resolutions",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("version", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

initiatives = Table(
    "initiatives",
    metadata,
    Column("id", key(26), primary_key=True),
    Column("revision", Number, nullable=False),
    Column("record", Text, nullable=False),
    # The middle of its posts' vectors, as one of them is kept.
    Column("vector", LargeBinary),
)

initiative_posts = Table(
    "initiative_posts",
    metadata,
    Column("post", Number, primary_key=True, autoincrement=False),
    # 0: the post is first of all about this one.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("initiative", key(26), nullable=False, index=True),
    Column("stage", String(13)),
    sqlite_with_rowid=False,
)

# Where an initiative went that has become part of another one.
initiative_redirects = Table(
    "initiative_redirects",
    metadata,
    Column("id", key(26), primary_key=True),
    Column("target", key(26), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

# What people decided: that posts belong together (merge), belong apart (split), or what their initiative is called (rename).
initiative_decisions = Table(
    "initiative_decisions",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("action", String(10), nullable=False),
    # Ids of posts: they outlive whatever becomes of the initiatives.
    Column("posts", JSON, nullable=False),
    Column("others", JSON, nullable=False),
    Column("name", Text),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("taken_back", UtcDateTime),
    sqlite_autoincrement=True,
)

# As `changes`, of initiatives: triggers note what the index of initiatives has not yet; revision 0 is gone.
initiative_changes = Table(
    "initiative_changes",
    metadata,
    Column("id", key(26), primary_key=True),
    Column("revision", Number, nullable=False),
)

# As `indexed`, of initiatives.
indexed_initiatives = Table("indexed_initiatives", metadata, Column("index", String(160), primary_key=True))

Row = dict[str, Any]
