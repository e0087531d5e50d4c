"""Posts keep what groups are made of, not the component that they were looked at in: all are read anew by the next `resolve`."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_QUOTING = "DELETE FROM initiatives WHERE id IN (SELECT initiative FROM initiative_posts WHERE post IN ({numbers}))"

_LEAVES = (
    _QUOTING,
    "DELETE FROM initiative_posts WHERE post IN ({numbers})",
    "DELETE FROM signals WHERE post IN ({numbers})",
    "DELETE FROM marks WHERE post IN ({numbers})",
)


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for trigger in ("posts_leave", "posts_reword"):
        op.execute(f"DROP TRIGGER {trigger}{' ON posts' if postgresql else ''}")
        if postgresql:
            op.execute(f"DROP FUNCTION {trigger}")
    for table in ("stale_components", "signals"):
        op.drop_table(table)
    op.execute("DELETE FROM marks")
    op.create_table(
        "signals",
        sa.Column("post", Number, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=160), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("nearest", sa.LargeBinary(), nullable=True),
        sa.Column("beyond", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_signals")),
    )
    _postgresql() if postgresql else _sqlite()


def _sqlite() -> None:
    leaves = ";\n".join(statement.format(numbers="old.number") for statement in _LEAVES)
    op.execute(f"CREATE TRIGGER posts_leave AFTER DELETE ON posts BEGIN {leaves}; END")
    op.execute(
        "CREATE TRIGGER posts_reword AFTER UPDATE OF content_hash ON posts WHEN old.content_hash <> new.content_hash"
        f" BEGIN {_QUOTING.format(numbers='old.number')}; END"
    )


def _postgresql() -> None:
    leaves = ";\n".join(statement.format(numbers="SELECT number FROM touched") for statement in _LEAVES)
    _trigger("posts_leave", "DELETE", "REFERENCING OLD TABLE AS touched", leaves)
    reworded = _QUOTING.format(
        numbers="SELECT former.number FROM former JOIN touched ON touched.number = former.number"
        " WHERE former.content_hash <> touched.content_hash"
    )
    _trigger("posts_reword", "UPDATE", "REFERENCING OLD TABLE AS former NEW TABLE AS touched", reworded)


def _trigger(name: str, event: str, referencing: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON posts {referencing} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
