"""Finds what reaches a person by itself: e-mail addresses, handles, profiles, and the numbers of `numbers.py`."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from tinymovements.privacy import links, numbers
from tinymovements.privacy.spans import PLACEHOLDER, Found, Placeholder, Taken

Span = tuple[int, int]

_WORD_AT = r"at|ät|a|ät-merkki|miukumauku|kissanhäntä|snabel-?a|snabel|@"
_AT = rf"(?:[@＠] ?| [@＠] | ?[(\[{{<] ?(?:{_WORD_AT}) ?[)\]}}>] ?| (?:at|ät|snabel-?a|miukumauku) )"
_DOT = r"(?:\.| ?[(\[{<] ?(?:dot|piste|punkt|\.) ?[)\]}>] ?| (?:dot|piste|punkt) )"
_SPELLED_DOT = r"(?: ?[(\[{<] ?(?:dot|piste|punkt|\.) ?[)\]}>] ?| (?:dot|piste|punkt) )"
_DOMAIN = "fi|se|com|org|net|info|eu|uk|ie|scot|wales|co|io|me|nu|ax|ee|no|dk|de|email|earth|coop|social|app|dev"
_EMAIL = re.compile(r"(?:mailto:)?(?<![\w.+@＠-])\w[\w.+!#$%&*=?^~'-]*@[\w-]+(?:\.[\w-]+)*(?:@[\w.-]*)*", re.IGNORECASE)
# With spaces around, or a word for the sign, the end must be a domain's, as in neither "at Example Street" nor "@ Kallio.Tule!".
_SPELLED = re.compile(
    rf"(?<![\w.+@＠-])\w[\w.+-]*(?:{_SPELLED_DOT}[\w.+-]+)*{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}(?:{_DOMAIN})(?!\w)", re.IGNORECASE
)
_MAY_BE_SPELLED = re.compile(r"[(\[{<]\s*(?:at|ät|a|snabel|miuku|kissan)| (?:at|ät|snabel-?a|miukumauku) ", re.IGNORECASE)

_HANDLE = re.compile(r"(?<![\w@＠./])[@＠]\w(?:[\w.@-]*\w)?|(?<![\w/.])/?u/[\w-]{3,}")
_SITES = r"ig|insta|instagram|snap|snapchat|tiktok|telegram|tg|twitter|discord|skype"
_NAMED_HANDLE = re.compile(rf"\b(?:{_SITES})(?:issa|ssa|in)?\s*[:=]\s*(?!(?:{_SITES})\b|https?:)(\w[\w.#-]*\w)", re.IGNORECASE)


def find(text: str) -> tuple[list[Found], Taken]:
    """All contacts of a text, and where nothing else is to be looked for: there, at placeholders and at addresses that are kept."""
    found: list[Found] = []
    taken = Taken(text)
    if "[" in text:
        for match in PLACEHOLDER.finditer(text):
            taken.add(*match.span())

    def take(spans: Iterable[Span], what: Placeholder) -> None:
        for start, end in spans:
            if not taken.touches(start, end):
                found.append(Found(start, end, what))
                taken.add(start, end)

    for start, end in _addresses(text):
        if links.is_personal(text[start:end]):
            take([(start, end)], "profile")
        else:
            taken.add(start, end)
    for what, finder in chain.from_iterable(finders for may_be, finders in _FINDERS if may_be(text)):
        take(finder(text), what)
    return found, taken


def _addresses(text: str) -> Iterator[Span]:
    if "/" in text or "www." in text.lower():
        for match in links.URL.finditer(text):
            yield match.start(), links.ends(text, *match.span())


def _may_be_email(text: str) -> bool:
    return "@" in text or "＠" in text or _MAY_BE_SPELLED.search(text) is not None


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield match.start(), match.start() + len(match.group().rstrip(".-@"))
    for match in _SPELLED.finditer(text):
        yield match.span()


def _handles(text: str) -> Iterator[Span]:
    for match in _HANDLE.finditer(text):
        yield match.span()
    for match in _NAMED_HANDLE.finditer(text):
        yield match.span(1)


def _may_be_handle(text: str) -> bool:
    return ("@" in text or "＠" in text or "/" in text or ":" in text or "=" in text) and _MAY_BE_HANDLE.search(text) is not None


_FIVE_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
_MAY_BE_HANDLE = re.compile(rf"[@＠]|u/|\b(?:{_SITES})", re.IGNORECASE)
_FINDERS: tuple[tuple[Callable[[str], object], tuple[tuple[Placeholder, Callable[[str], Iterable[Span]]], ...]], ...] = (
    (_may_be_email, (("email", _emails),)),
    (_may_be_handle, (("handle", _handles),)),
    (
        _FIVE_DIGITS.search,
        (("iban", numbers.find_accounts), ("id", numbers.find_identities), ("phone", numbers.find_phones)),
    ),
)
"""What is looked for, in this order, behind a cheap test whether it can be there at all."""
