"""A source that another process collects is said to be so, and holds up no other."""

from typing import Any

from tinymovements.archive.database import open_archive
from tinymovements.archive.locks import held, holders
from tinymovements.settings import Settings

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://example.org</link><description>x</description>
<item><guid>1</guid><title>Talkoot</title><description>Talkoot pihalla.</description></item></channel></rss>"""


def test_the_others_are_collected(site: Any, source: Any, collect: Any, reply: Any, kept: Any, settings: Settings) -> None:
    for id in ("one", "two"):
        site.answers(f"/{id}", reply(FEED))
        source(id, "rss", f"{site.base}/{id}")
    archive = open_archive(settings.archive_url)
    with held(archive, "collect one"):
        ended = collect("one", "two")
    assert ended.code == 1
    assert "`collect one` is being done already, by process" in ended.outcome("one")["failed"]
    assert ended.outcome("two")["new"] == 1
    assert "one" not in kept().runs()
    assert holders(archive) == []
    assert collect("one").outcome("one")["new"] == 1


def test_each_is_held_by_its_name_while_it_is_collected(
    site: Any, source: Any, collect: Any, reply: Any, settings: Settings
) -> None:
    archive = open_archive(settings.archive_url)
    seen: list[str] = []

    def answer(_asked: object) -> Any:
        seen.extend(lock.name for lock in holders(archive))
        return reply(FEED)

    site.answers("/one", answer)
    source("one", "rss", f"{site.base}/one")
    assert collect("one").code == 0
    assert seen == ["collect one"]
