"""What people say of posts is kept beside what the pipeline says of them."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("post", Number, nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("says", sa.Boolean(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.number"], name=op.f("fk_corrections_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_corrections")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_corrections_post"), "corrections", ["post"])
