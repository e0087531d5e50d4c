"""Initiatives: what resolution reads of posts, what it makes of them, and what people decide.

A post that goes, or whose words change, takes with it at once every record that may quote it; the next `resolve` makes it anew
of the posts that are left.
"""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number, UtcDateTime, key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_QUOTING = "DELETE FROM initiatives WHERE id IN (SELECT initiative FROM initiative_posts WHERE post IN ({numbers}))"

_STALE = (
    "INSERT INTO stale_components (component) SELECT DISTINCT component FROM signals WHERE post IN ({numbers})"
    " ON CONFLICT (component) DO NOTHING"
)

_LEAVES = (
    _STALE,
    _QUOTING,
    "DELETE FROM initiative_posts WHERE post IN ({numbers})",
    "DELETE FROM signals WHERE post IN ({numbers})",
    "DELETE FROM marks WHERE post IN ({numbers})",
)

_REWORDED = (_STALE, _QUOTING)

_NOTE = "INSERT INTO initiative_changes (id, revision) {rows} ON CONFLICT (id) DO UPDATE SET revision = excluded.revision"


def _sqlite() -> None:
    leaves, reworded = (
        ";\n".join(statement.format(numbers="old.number") for statement in statements) for statements in (_LEAVES, _REWORDED)
    )
    # SQLite takes "SELECT … ON CONFLICT" for a join: a WHERE before it tells them apart, and there is one.
    op.execute(f"CREATE TRIGGER posts_leave AFTER DELETE ON posts BEGIN {leaves}; END")
    op.execute(
        "CREATE TRIGGER posts_reword AFTER UPDATE OF content_hash ON posts WHEN old.content_hash <> new.content_hash"
        f" BEGIN {reworded}; END"
    )
    for event, row, noted in (("insert", "new", "new.revision"), ("update", "new", "new.revision"), ("delete", "old", "0")):
        note = _NOTE.format(rows=f"VALUES ({row}.id, {noted})")
        op.execute(f"CREATE TRIGGER initiatives_{event} AFTER {event} ON initiatives BEGIN {note}; END")


def _postgresql() -> None:
    leaves = ";\n".join(statement.format(numbers="SELECT number FROM touched") for statement in _LEAVES)
    numbers = (
        "SELECT former.number FROM former JOIN touched ON touched.number = former.number"
        " WHERE former.content_hash <> touched.content_hash"
    )
    _trigger("posts_leave", "DELETE", "posts", "REFERENCING OLD TABLE AS touched", leaves)
    reworded = ";\n".join(statement.format(numbers=numbers) for statement in _REWORDED)
    _trigger("posts_reword", "UPDATE", "posts", "REFERENCING OLD TABLE AS former NEW TABLE AS touched", reworded)
    for event, row, noted in (("INSERT", "NEW", "revision"), ("UPDATE", "NEW", "revision"), ("DELETE", "OLD", "0")):
        note = _NOTE.format(rows=f"SELECT id, {noted} FROM touched ORDER BY id")  # noqa: S608 -- our own words
        _trigger(f"initiatives_{event.lower()}", event, "initiatives", f"REFERENCING {row} TABLE AS touched", note)


def _trigger(name: str, event: str, table: str, referencing: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {referencing} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")


def _what_is_read() -> None:
    op.create_table(
        "signals",
        sa.Column("post", Number, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=160), nullable=False),
        sa.Column("component", Number, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("nearest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_signals")),
    )
    op.create_index(op.f("ix_signals_component"), "signals", ["component"], unique=False)
    op.create_table(
        "marks",
        sa.Column("post", Number, autoincrement=False, nullable=False),
        sa.Column("signal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_marks")),
    )
    op.create_table(
        "stale_components",
        sa.Column("component", Number, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("component", name=op.f("pk_stale_components")),
    )
    op.create_table(
        "resolutions",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_resolutions")),
        sqlite_autoincrement=True,
    )


def _what_is_made() -> None:
    op.create_table(
        "initiatives",
        sa.Column("id", key(26), nullable=False),
        sa.Column("revision", Number, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiatives")),
    )
    op.create_table(
        "initiative_posts",
        sa.Column("post", Number, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("initiative", key(26), nullable=False),
        sa.Column("stage", sa.String(length=13), nullable=True),
        sa.PrimaryKeyConstraint("post", "position", name=op.f("pk_initiative_posts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_initiative_posts_initiative"), "initiative_posts", ["initiative"], unique=False)
    op.create_table(
        "initiative_redirects",
        sa.Column("id", key(26), nullable=False),
        sa.Column("target", key(26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_redirects")),
    )
    op.create_index(op.f("ix_initiative_redirects_target"), "initiative_redirects", ["target"], unique=False)
    op.create_table(
        "initiative_changes",
        sa.Column("id", key(26), nullable=False),
        sa.Column("revision", Number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_changes")),
    )
    op.create_table(
        "indexed_initiatives",
        sa.Column("index", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_indexed_initiatives")),
    )


def _what_people_decide() -> None:
    op.create_table(
        "initiative_decisions",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("taken_back", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_initiative_decisions")),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    _what_is_read()
    _what_is_made()
    _what_people_decide()
    _postgresql() if op.get_bind().dialect.name == "postgresql" else _sqlite()
