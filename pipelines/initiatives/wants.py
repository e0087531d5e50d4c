"""Gathers what an initiative needs, offers and asks from its posts: the same wish once, met where a post says so.

Whether it has expired is no part of it, for that changes with the calendar: `Want.status_on` tells it from `until`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from pipelines.initiatives.compared import cues, words_of
from pipelines.initiatives.days import last_day
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.telling import covered, shared
from pipelines.needs import OTHER, kind
from pipelines.sentences import parts, sentences
from tinymovements.initiative import ASKS_LAST, Quote, Want, Wish
from tinymovements.model import Annotation, Span

MOST = 100
"""Wants of an initiative, the latest: what a page of twenty years once looked for is in its posts."""

ALIKE = 0.5
"""Of what the shorter of two wishes says, so much in the other one makes them one."""

LASTS = {
    "information": timedelta(days=60),
    "hands": timedelta(days=180),
    "transport": timedelta(days=180),
    "permission": timedelta(days=730),
}
"""How long a wish without a date stands: a question is answered soon or never, hands and rides are wanted for a season, and an
office takes a year and more."""

FOOD_KEEPS = timedelta(days=30)
"""How long an offer of food stands: what is cooked every week is told of every week."""

LONGEST = timedelta(days=365)
"""How long every other wish stands. Of 76 wishes that were met in our invented worlds, half were so within 140 days, nine tenths
within 434."""

_SAYING = ("got", "agreed", "thanks", "now", "gone")
_TOLD = {"got": 3.5, "agreed": 3.5, "thanks": 4.5, "now": 4.5, "gone": 4.5}
"""What a clause must share with a wish, where it says that something came, was granted, is thanked for, is there by now or gone."""

_MEETS: dict[Wish, frozenset[str]] = {
    "need": frozenset(["got", "agreed", "thanks", "now"]),
    "ask": frozenset(["got", "agreed"]),
    "offer": frozenset(["gone"]),
}

_GIVEN_AWAY = frozenset(["things", "transport", "space", OTHER])
"""Kinds of offers that are over once they are taken. Soup that is finished is there again next week."""

_TELLING = frozenset(["space", "transport", "permission", "money"])
"""Kinds by which alone a clause answers to a wish: "the hall is ours" where somebody looked for a cellar."""

_Field = Literal["title", "text"]


class _Clause(NamedTuple):
    """A part of a post that may say that a wish is met, by which cues."""

    field: _Field
    start: int
    end: int
    says: frozenset[str]
    words: tuple[str, ...]
    kind: str


@dataclass(slots=True)
class _Wanted:
    """A wish as it was last said."""

    wish: Wish
    post: Evidence
    span: Span
    words: tuple[str, ...]
    because: Quote | None = None


@dataclass(slots=True)
class _Wishes:
    """All wishes of an initiative so far, found by their words."""

    kept: list[_Wanted] = field(default_factory=list)
    _by_word: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _by_kind: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, wanted: _Wanted) -> None:
        """A wish; where the same one is there, it stands in its place, and is open again."""
        number = self._same(wanted)
        if number == len(self.kept):
            self.kept.append(wanted)
        else:
            self._forget(number)
            self.kept[number] = wanted
        for word in wanted.words:
            self._by_word[word].add(number)
        self._by_kind[wanted.span.kind].add(number)

    def _same(self, wanted: _Wanted) -> int:
        near = {number for word in wanted.words for number in self._by_word.get(word, ())}
        alike = {number: covered(self.kept[number].words, wanted.words) for number in near if self.kept[number].wish == wanted.wish}
        best = max(sorted(alike), key=lambda number: alike[number], default=None)
        return len(self.kept) if best is None or alike[best] < ALIKE else best

    def _forget(self, number: int) -> None:
        for word in self.kept[number].words:
            self._by_word[word].discard(number)
        self._by_kind[self.kept[number].span.kind].discard(number)

    def meet(self, clause: _Clause, post: Evidence) -> None:
        """Say of the wishes that a clause answers to that they are met."""
        of_kind = self._alone(clause)
        near = {number for word in clause.words for number in self._by_word.get(word, ())} | of_kind
        for number in sorted(near):
            wanted = self.kept[number]
            says = clause.says & _MEETS[wanted.wish]
            if wanted.because is not None or not says or not _may_answer(clause, post, wanted):
                continue
            if number in of_kind or shared(clause.words, wanted.words) >= min(_TOLD[cue] for cue in says):
                wanted.because = _quote(post, clause.field, clause.start, clause.end)

    def _alone(self, clause: _Clause) -> set[int]:
        """The only open need of the clause's kind, where that tells and the clause says that something came."""
        if clause.kind not in _TELLING or "got" not in clause.says:
            return set()
        found = {
            number
            for number in self._by_kind[clause.kind]
            if self.kept[number].because is None and self.kept[number].wish == "need"
        }
        return found if len(found) == 1 else set()


def gather_wants(posts: Sequence[Evidence]) -> tuple[Want, ...]:
    """What the posts of an initiative look for, offer and ask, the latest first. The posts come oldest first, the undated last."""
    wishes = _Wishes()
    for post in posts:
        for wanted in _wanted(post):
            wishes.add(wanted)
        if wishes.kept:
            for clause in _clauses(post):
                wishes.meet(clause, post)
    return tuple(sorted(map(_want, wishes.kept), key=_latest_first)[:MOST])


def _latest_first(want: Want) -> tuple[float, str, int, str]:
    posted = want.quote.posted
    return (-posted.timestamp() if posted else 0.0, want.quote.post, want.quote.start, want.wish)


def _wanted(post: Evidence) -> Iterator[_Wanted]:
    told = post.annotation
    spans: dict[Wish, Sequence[Span]] = {"need": told.needs, "offer": told.offers, "ask": told.asks}
    for wish, each in spans.items():
        for span in each:
            if not _is_rather_the_other(wish, span, told):
                yield _Wanted(wish, post, span, _words(post, span.field, span.start, span.end))


def _is_rather_the_other(wish: Wish, span: Span, told: Annotation) -> bool:
    """Whether a clause in which both a need and an offer were found is the other one: a need looks for something in so many words.

    Of 24 such clauses in invented posts 18 are told apart rightly so.
    """
    others = {"need": told.offers, "offer": told.needs}.get(wish, ())
    if not any(span.field == other.field and span.start < other.end and other.start < span.end for other in others):
        return False
    return bool(cues(told.language)["open"].search(span.text)) == (wish == "offer")


def _words(post: Evidence, field: _Field, start: int, end: int) -> tuple[str, ...]:
    """What a part of a post is compared by: nothing of the names of places."""
    places = [
        place for place in post.annotation.places if place.field == field and place.start is not None and place.end is not None
    ]
    aside = [(place.start - start, place.end - start) for place in places]  # type: ignore[operator]
    return words_of(_text(post, field)[start:end], post.annotation.language, aside)


def _text(post: Evidence, field: str) -> str:
    return (post.title or "") if field == "title" else post.text


def _clauses(post: Evidence) -> Iterator[_Clause]:
    """What of a post may say that something is met: sentences, or their parts where a sentence looks for something as well."""
    cue = cues(post.annotation.language)
    fields: tuple[_Field, ...] = ("title", "text")
    for name in fields:
        text = _text(post, name)
        if not any(cue[says].search(text) for says in _SAYING):
            continue
        for start, end in sentences(text):
            if whole := _clause(post, name, start, end):
                yield whole
            else:
                yield from filter(None, (_clause(post, name, *part) for part in parts(text, start, end)))


def _clause(post: Evidence, field: _Field, start: int, end: int) -> _Clause | None:
    """A part of a post, where it says that something is met and looks for nothing itself."""
    told, text = post.annotation, _text(post, field)
    said, cue = text[start:end], cues(told.language)
    looking = any(span.field == field and start < span.end and span.start < end for span in (*told.needs, *told.asks))
    says = frozenset(says for says in _SAYING if cue[says].search(said))
    if not says or looking or text[end : end + 1] == "?" or cue["open"].search(said):
        return None
    return _Clause(field, start, end, says, _words(post, field, start, end), kind(said, told.language))


def _may_answer(clause: _Clause, post: Evidence, wanted: _Wanted) -> bool:
    """Whether it was said after the wish, and is not the wish itself. Of what is not dated nobody knows when it was said."""
    span = wanted.span
    if wanted.wish == "offer" and span.kind not in _GIVEN_AWAY:
        return False
    if wanted.post is post:
        return clause.field == span.field and clause.start >= span.end
    return post.posted is not None and wanted.post.posted is not None


def _quote(post: Evidence, field: _Field, start: int, end: int) -> Quote:
    text = _text(post, field)[start:end]
    return Quote(post=post.id, text=text, start=start, end=end, field=field, posted=post.posted, language=post.annotation.language)


def _want(wanted: _Wanted) -> Want:
    post, span = wanted.post, wanted.span
    until = None
    if post.posted:
        day = post.posted.date()
        until = last_day(_sentence(_text(post, span.field), span), day) or day + _lasts(wanted)
    return Want(
        wish=wanted.wish,
        kind=span.kind,
        quote=_quote(post, span.field, span.start, span.end),
        status="fulfilled" if wanted.because else "open",
        because=wanted.because,
        until=until,
        words=wanted.words,
    )


def _lasts(wanted: _Wanted) -> timedelta:
    if wanted.wish == "ask":
        return ASKS_LAST
    if wanted.wish == "offer" and wanted.span.kind == "food":
        return FOOD_KEEPS
    return LASTS.get(wanted.span.kind, LONGEST)


def _sentence(text: str, span: Span) -> str:
    """The sentence that a wish stands in, which may say until when."""
    whole = next(((start, end) for start, end in sentences(text) if start <= span.start < end), (span.start, span.end))
    return text[min(whole[0], span.start) : max(whole[1], span.end)]
