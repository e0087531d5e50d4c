"""The first tables."""

import sqlalchemy as sa
from alembic import op

from tinymovements.archive.tables import Number, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crawl_states",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_crawl_states")),
    )
    op.create_table(
        "indexed",
        sa.Column("index", sa.String(length=40), nullable=False),
        sa.Column("post", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("index", "post", name=op.f("pk_indexed")),
    )
    op.create_table(
        "posts",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("posted", UtcDateTime(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("starts", UtcDateTime(), nullable=True),
        sa.Column("ends", UtcDateTime(), nullable=True),
        sa.Column("reactions", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("shares", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_posts")),
        sa.UniqueConstraint("id", name=op.f("uq_posts_id")),
        sa.UniqueConstraint("source", "native_id", name=op.f("uq_posts_source")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", Number, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("started", UtcDateTime(), nullable=False),
        sa.Column("finished", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_source"), "runs", ["source"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post", Number, nullable=False),
        sa.PrimaryKeyConstraint("hash", "post", name=op.f("pk_signatures")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "annotations",
        sa.Column("post", Number, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("annotation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.number"], name=op.f("fk_annotations_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_annotations")),
    )
    op.create_table(
        "near_duplicates",
        sa.Column("post", Number, nullable=False),
        sa.Column("original", Number, nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["original"], ["posts.number"], name=op.f("fk_near_duplicates_original"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post"], ["posts.number"], name=op.f("fk_near_duplicates_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_near_duplicates")),
    )
    op.create_index(op.f("ix_near_duplicates_original"), "near_duplicates", ["original"], unique=False)
    op.create_table(
        "versions",
        sa.Column("post", Number, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("seen", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.number"], name=op.f("fk_versions_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post", "sequence", name=op.f("pk_versions")),
    )
