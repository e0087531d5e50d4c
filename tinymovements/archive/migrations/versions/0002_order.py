"""On PostgreSQL ids are ordered byte by byte, as SQLite orders them, and not as the words of the server's language."""

from alembic import op

from tinymovements.archive.tables import key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IDS = (("posts", "id"), ("indexed", "post"))
_SOURCES = (("posts", "source"), ("runs", "source"), ("crawl_states", "source"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for columns, length in ((_IDS, 26), (_SOURCES, 60)):
            for table, column in columns:
                op.alter_column(table, column, type_=key(length), existing_nullable=False)
