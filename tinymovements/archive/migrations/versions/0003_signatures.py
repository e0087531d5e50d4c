"""Signatures are made another way, and those of the latest posts wait in a table of their own. What is linked stays linked."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.duplicates import signed
from tinymovements.archive.tables import Number

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PART = 10_000


def upgrade() -> None:
    op.create_table(
        "fresh_signatures",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post", Number, nullable=False),
        sa.PrimaryKeyConstraint("hash", "post", name=op.f("pk_fresh_signatures")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    signatures = sa.table("signatures", sa.column("hash"), sa.column("post"))
    posts = sa.table("posts", sa.column("number"), sa.column("text"))
    connection.execute(sa.delete(signatures))
    read, after = sa.select(posts).order_by(posts.c.number).limit(_PART), 0
    while rows := connection.execute(read.where(posts.c.number > after)).all():
        hashes = zip(rows, signed([row.text for row in rows]), strict=True)
        made = sorted((value, row.number) for row, values in hashes for value in values)
        if made:
            connection.execute(sa.insert(signatures), [{"hash": value, "post": number} for value, number in made])
        after = rows[-1].number
