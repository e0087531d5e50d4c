"""What the encoder made of a post is kept, so that a post is annotated anew without it."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meanings",
        sa.Column("post", Number, nullable=False),
        sa.Column("encoder", sa.String(length=12), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("says", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.number"], name=op.f("fk_meanings_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_meanings")),
    )
