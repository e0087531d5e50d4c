"""Runs migrations on the connection that `tinymovements.archive.database` hands over."""

from alembic import context

from tinymovements.archive.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
