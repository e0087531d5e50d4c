"""Makes of a draft the post that may be kept."""

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from functools import lru_cache

from tinymovements.model import Draft, Post
from tinymovements.privacy import contacts, links, names
from tinymovements.privacy.spans import replaced

# Characters that no database takes (NUL, halves of surrogate pairs) or that nobody sees (they would hide a number's digits); the
# joiners that emoji and some scripts need stay where they join those.
_UNWANTED = re.compile(
    r"[\x00\ud800-\udfff\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|(?<=[!-~])[\u200c\u200d]+(?=[!-~])"
)
_MAY_BE_UNWANTED = re.compile(r"[\x00\ud800-\udfff\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""A quick look whether there is any of them."""
_LONGEST_ID = 500
_PERSONAL_ID = re.compile(r"@|/u/|/users?/|/profile", re.IGNORECASE)


def _base32(value: bytes) -> str:
    return base64.b32encode(value).decode("ascii").rstrip("=").lower()


def normalised(text: str) -> str:
    """The text in NFC with line feeds alone, without characters that cannot be kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text) if _MAY_BE_UNWANTED.search(text) else text)


def _scrubbed(text: str) -> str:
    text = normalised(text)
    while True:
        found, taken = contacts.find(text)
        found += names.find(text, taken)
        if not found:
            return text
        text = replaced(text, found)


# Groups, places and authors come again and again.
_scrubbed_often = lru_cache(maxsize=20_000)(_scrubbed)


@lru_cache(maxsize=20_000)
def _pseudonym(key: bytes, source: str, author: str) -> str:
    made = hmac.digest(key, f"{source}\0{normalised(author)}".encode(), "sha256")
    return f"p-{_base32(made)[:16]}"


class Gate:
    """Scrubs what comes in. The key makes its pseudonyms: without it nobody can tell whose they are."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def pseudonym(self, source: str, author: str) -> str:
        """The same for the same author of the same source, and for nobody else."""
        return _pseudonym(self._key, source, author)

    def scrub(self, text: str) -> str:
        """The text with a placeholder for each contact and personal name. Scrubbing twice changes nothing more."""
        return _scrubbed(text)

    def native_id(self, native_id: str) -> str:
        """The id as it may be kept: itself, or a keyed hash of it where it holds a handle or an address or leads to a profile.

        It rests on the shape of ids alone and never on lists of names, so that an id stays the same when those grow. Ask it for
        the ids of posts that are gone at their source, too.
        """
        plain = normalised(native_id)
        personal = _PERSONAL_ID.search(plain) or ("://" in plain and links.is_personal(plain))
        if personal or not 0 < len(plain) <= _LONGEST_ID:
            return f"h-{_base32(hashlib.blake2b(plain.encode(), digest_size=16, key=self._key).digest())}"
        return plain

    def admit(self, draft: Draft, source: str) -> Post:
        """The post that may be kept of a draft."""
        native_id = self.native_id(draft.native_id)
        kept = draft.model_dump(exclude={"counts"}) | {
            "native_id": native_id,
            "title": draft.title and _scrubbed(draft.title),
            "text": _scrubbed(draft.text),
            "group": draft.group and _scrubbed_often(draft.group),
            "place": draft.place and _scrubbed_often(draft.place),
            "url": links.kept(normalised(draft.url)) if draft.url else None,
            "author": self.pseudonym(source, draft.author) if draft.author else None,
            "source": source,
            "id": _base32(hashlib.blake2b(f"{source}\0{native_id}".encode(), digest_size=16).digest()),
        }
        canonical = json.dumps(kept, default=str, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return Post(**kept, counts=draft.counts, content_hash=hashlib.sha256(canonical.encode()).hexdigest())
