"""Web addresses: which lead to a person, and what of an address may be kept."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

URL = re.compile(
    r"""\b(?:https?://|www\.)[^\s<>"'\[\]{}|\\^`]+
    |(?<![\w@./-])(?:[a-z0-9-]+\.)*
     (?:facebook|fb|instagram|twitter|x|tiktok|linkedin|threads|snapchat|t|wa|m|bsky|youtube|linktr|patreon|vk|mastodon)
     \.(?:com|me|net|app|ee|social)/[^\s<>"'\[\]{}|\\^`]+""",
    re.IGNORECASE | re.VERBOSE,
)
"""An address with its scheme or www, or a bare one of the sites where people have profiles."""

_TRAILING = ".,;:!?)…»”’*_"

# The first part of a path that is no person, by site. What is not listed at these sites is a profile, or may be one.
_FACEBOOK = frozenset(
    "groups events pages pg hashtag watch marketplace permalink.php story.php photo.php photo share sharer sharer.php login help "
    "policies business legal dialog plugins media places search fundraisers donate reel reels l.php".split()
)
_NO_PERSON: dict[str, frozenset[str]] = {
    "facebook.com": _FACEBOOK,
    "fb.com": _FACEBOOK,
    "fb.me": frozenset({"e", "g"}),
    "instagram.com": frozenset("p reel reels explore tv about legal accounts".split()),
    "twitter.com": frozenset("i search hashtag intent share home explore".split()),
    "x.com": frozenset("i search hashtag intent share home explore".split()),
    "tiktok.com": frozenset("tag discover music t".split()),
    "linkedin.com": frozenset("company school groups feed jobs events showcase learning".split()),
    "threads.net": frozenset(),
    "threads.com": frozenset(),
    "snapchat.com": frozenset({"discover", "spotlight"}),
    "t.me": frozenset({"joinchat", "addstickers"}),
    "wa.me": frozenset(),
    "m.me": frozenset(),
    "bsky.app": frozenset({"search", "feeds", "hashtag", "starter-pack"}),
    "youtube.com": frozenset("watch playlist results shorts live embed channel feed hashtag".split()),
    "vk.com": frozenset({"feed"}),
    "linktr.ee": frozenset(),
}
_TRACKING = re.compile(r"fbclid|gclid|mc_[ce]id|igshid?|utm_\w+|mibextid|ref|refid|__\w+(?:\[\d+\])?|_rdr|sfnsn|si", re.IGNORECASE)
_PROFILE_PAGES = ("profile.php", "people", "public", "friends")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def ends(text: str, start: int, end: int) -> int:
    """Where the address from `start` really ends: punctuation after it is the sentence's."""
    while end > start and text[end - 1] in _TRAILING and not (text[end - 1] == ")" and "(" in text[start:end]):
        end -= 1
    return end


_DEEPEST = 3


def is_personal(url: str, within: int = 0) -> bool:
    """Whether an address is, or holds, a person's profile, handle or e-mail address. `within` counts those around it."""
    plain = unquote(unquote(url))
    parts = urlsplit(plain if "://" in plain else f"https://{plain}")
    path = [part for part in parts.path.split("/") if part]
    if _MAIL.search(plain.split("://", 1)[-1]) or parts.username or any(re.match(r"@[^\W\d]|~\w", part) for part in path):
        return True
    if "://" in parts.query or "://" in parts.path:
        nested = re.search(r"https?://[^\s&]+", plain.split("://", 1)[-1])
        # Addresses carry others to come back to; one in one in one more is nobody's honest link.
        if nested and (within >= _DEEPEST or is_personal(nested.group(), within + 1)):
            return True
    return _is_profile((parts.hostname or "").lower(), path, parts.query)


def _is_profile(host: str, path: list[str], query: str) -> bool:
    site = next((site for site in _NO_PERSON if host == site or host.endswith(f".{site}")), None)
    if site is None:
        return bool(len(path) > 1 and path[0].lower() in ("users", "user", "u", "profile", "profiles", "people"))
    if not path:
        return False
    first = path[0].lower()
    if first in _PROFILE_PAGES:
        return True
    if _NO_PERSON[site] is _FACEBOOK:
        in_group = first == "groups" and len(path) > 2 and path[2].lower() in ("user", "member", "members")
        return in_group or (first not in _FACEBOOK and not first.isdigit())
    if site == "t.me":
        return first not in _NO_PERSON[site] and not first.startswith("+") and not (first == "s" and len(path) > 1)
    if site == "youtube.com":
        return first in ("user", "c")
    return first not in _NO_PERSON[site]


def kept(url: str) -> str | None:
    """The address as it may be kept: without what tracks the reader; None where it leads to a person."""
    if is_personal(url):
        return None
    parts = urlsplit(url)
    if not parts.query and not parts.fragment:
        return url
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)]
    rest = urlencode(query) if len(query) < len(parse_qsl(parts.query, keep_blank_values=True)) else parts.query
    return urlunsplit(parts._replace(query=rest))
