"""Entries of RSS and Atom feeds: what associations and neighbourhoods publish on sites of their own."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXException

import feedparser

from spiders.platforms.base import NEXT, SINCE, Answer, Platform, Step, unexpected
from spiders.platforms.text import plain, tidy
from spiders.platforms.values import identifier, in_utc
from tinymovements.model import LANGUAGES, Batch, Draft, Language

_ZONES = {
    "WET": "+0000", "WEST": "+0100", "BST": "+0100", "IST": "+0100", "CET": "+0100", "CEST": "+0200", "EET": "+0200",
    "EEST": "+0300", "MSK": "+0300",
}  # fmt: skip
"""Names of European zones, which mail and feed libraries take for UTC."""

_TEXTS = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a page of a feed says."""

    drafts: tuple[Draft, ...]
    following: str | None
    """The address of the next older page, where the feed has pages (RFC 5005)."""


class Rss(Platform):
    """The feed, if it has changed; its older pages in a first crawl, and later as far as they are new."""

    accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"

    def steps(self) -> Iterable[Step]:
        """The page where the last run was left, else the feed."""
        left = self.job.state.get(NEXT)
        return (Step(left) if left else Step(self.url, conditional=True),)

    def read(self, step: Step, answer: Answer) -> tuple[Batch, Step | None]:
        """Entries as drafts."""
        feed = parse(answer)
        moments = [draft.posted for draft in feed.drafts if draft.posted]
        since = self.job.state.get(SINCE)
        all_new = len(moments) == len(feed.drafts) > 0 and (not since or min(moments) > datetime.fromisoformat(since))
        follows = feed.following and (not since or all_new) and self._is_here(feed.following) and feed.following != step.url
        following = feed.following if follows else None
        newest = max(moments, default=None)
        state = self.turned(following, newest.isoformat() if newest else None)
        return Batch(drafts=feed.drafts, state=state), Step(following) if following else None

    def _is_here(self, url: str) -> bool:
        here = urlsplit(self.url)
        return urlsplit(url)[:1] == here[:1] and urlsplit(url).hostname == here.hostname


def parse(answer: Answer) -> Feed:
    """The entries of a feed. Raises `CrawlError` where the bytes are no feed, or a broken one."""
    # As a file, for bytes that look like an address or a path would be opened; no HTML cleaning, for we take the text alone; and
    # it is not told the address, for it would join it to ids, and they would then differ from page to page.
    parsed = feedparser.parse(
        io.BytesIO(answer.body),
        response_headers={"content-type": answer.headers.get("content-type", "")},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    fault = parsed.get("bozo_exception")
    # Handmade feeds use &nbsp; undeclared; feedparser then reads on, and nothing is lost.
    is_broken = isinstance(fault, SAXException) and "undefined entity" not in str(fault.getMessage())
    if is_broken or not parsed.get("version"):
        is_xml = answer.body.lstrip()[:1] == b"<"
        raise unexpected(answer, "an RSS or Atom feed", "broken XML" if is_broken and is_xml else "something else")
    older = next((link.get("href") for link in parsed.feed.get("links", ()) if link.get("rel") in ("next", "prev-archive")), None)
    drafts = (_draft(entry, parsed.feed, answer.url) for entry in parsed.entries)
    return Feed(tuple(draft for draft in drafts if draft), urljoin(answer.url, older) if older else None)


def _draft(entry: Any, feed: Any, base: str) -> Draft | None:
    title = _text(entry.get("title_detail"))
    text = _body(entry)
    link = entry.get("link") or ""
    posted = _moment(entry, "published") or _moment(entry, "updated")
    native_id = _native_id(entry, posted)
    if not native_id or not (title or text):
        return None
    details = (entry, *entry.get("content", ()), entry.get("summary_detail"), entry.get("title_detail"), feed)
    return Draft(
        native_id=native_id,
        kind="page",
        title=title or None,
        text=text or title,
        author=tidy(entry.get("author") or feed.get("author") or "") or None,
        group=_text(feed.get("title_detail")) or None,
        url=urljoin(base, link) if link else None,
        posted=posted,
        language=_language(detail.get("language") for detail in details if detail),
        **_position(entry),
    )


def _body(entry: Any) -> str:
    """The whole content where the feed has it, else the summary."""
    texts = (_text(content) for content in entry.get("content", ()) if content.get("type") in _TEXTS)
    return max(texts, key=len, default="") or _text(entry.get("summary_detail"))


def _text(detail: Any) -> str:
    if not detail:
        return ""
    value = detail.get("value") or ""
    return tidy(value) if detail.get("type") == "text/plain" and "</" not in value else plain(value)


def _native_id(entry: Any, posted: datetime | None) -> str:
    """The entry's id, else its link, else its moment. Not a hash of its words: what the gate takes out could be guessed from it."""
    return identifier(str(entry.get("id") or entry.get("link") or (posted.isoformat() if posted else "")))


def _moment(entry: Any, name: str) -> datetime | None:
    """When an entry was published or updated, in UTC. A time without a zone is taken for UTC."""
    if name not in entry:  # feedparser would answer with the other of the two
        return None
    written = (entry.get(name) or "").strip()
    for zone, offset in _ZONES.items():
        written = re.sub(rf"\b{zone}$", offset, written)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return in_utc(read(written))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    try:
        return in_utc(datetime(*entry[f"{name}_parsed"][:6]))  # already in UTC
    except (KeyError, TypeError, ValueError):
        return None


def _language(declared: Iterable[str | None]) -> Language | None:
    nearest = next((tag[:2].lower() for tag in declared if tag), None)
    return next((language for language in LANGUAGES if language == nearest), None)


def _position(entry: Any) -> dict[str, float]:
    """Where a GeoRSS point says that it is."""
    match (entry.get("where") or {}).get("coordinates"):
        case (float() as lon, float() as lat) if -90 <= lat <= 90 and -180 <= lon <= 180:
            return {"lat": lat, "lon": lon}
    return {}
