"""Initiatives: what resolution reads of posts, what it makes of them, and what people decide.

A post that goes, or whose words change, takes with it at once every record that may quote it; the next `resolve` makes it anew
of the posts that are left.
"""

from alembic import op

from tinymovements.archive.tables import (
    indexed_initiatives,
    initiative_changes,
    initiative_decisions,
    initiative_posts,
    initiative_redirects,
    initiatives,
    marks,
    resolutions,
    signals,
    stale_components,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = (
    *(signals, marks, stale_components, resolutions, initiatives),
    *(initiative_posts, initiative_redirects, initiative_decisions, initiative_changes, indexed_initiatives),
)

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


def upgrade() -> None:
    for table in _TABLES:
        table.create(op.get_bind())
    _postgresql() if op.get_bind().dialect.name == "postgresql" else _sqlite()
