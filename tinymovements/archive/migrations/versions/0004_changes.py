"""What an index has not yet is noted as it changes, and no longer found by comparing all posts. The index is made once more."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number, key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER posts_{event} AFTER {event} ON posts BEGIN
    INSERT INTO changes (number, id, revision) VALUES ({row}.number, {row}.id, {revision})
    ON CONFLICT (number) DO UPDATE SET revision = excluded.revision;
END
"""

# Once for each statement, however many posts it touches.
_POSTGRESQL = (
    """
CREATE FUNCTION posts_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO changes (number, id, revision) SELECT number, id, {revision} FROM touched ORDER BY number
    ON CONFLICT (number) DO UPDATE SET revision = excluded.revision;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER posts_{event} AFTER {event} ON posts REFERENCING {row} TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION posts_{event}()
""",
)


def upgrade() -> None:
    op.drop_table("indexed")
    op.create_table("indexed", sa.Column("index", sa.String(length=80), primary_key=True))
    op.create_table(
        "changes",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("id", key(26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changes")),
    )
    statements = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else (_SQLITE,)
    for event, row, noted in (("insert", "new", "revision"), ("update", "new", "revision"), ("delete", "old", "0")):
        for statement in statements:
            given = noted if noted == "0" or statement is not _SQLITE else f"{row}.{noted}"
            op.execute(statement.format(event=event, row=row, revision=given))
