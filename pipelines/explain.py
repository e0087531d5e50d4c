"""Says which words of a post carried what the pipeline told of it: they are left out, and the pipeline is asked again.

Occlusion (Zeiler and Fergus 2014), in texts erasure (Li, Monroe and Jurafsky 2016). It asks nothing of the inside of a model, so it
stays true when the model becomes another one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Literal

from spacy.language import Language as Pipeline

from pipelines.assemble import make_doc
from pipelines.batches import DOCUMENTS
from pipelines.movements import INITIATIVE, SELF_ORGANISED, UNLIKELY
from pipelines.sentences import sentences
from pipelines.terms import WORD
from tinymovements.model import Explained, Explanation, Language, Mark, Reason
from tinymovements.privacy.sensitive import MASK
from tinymovements.privacy.spans import PLACEHOLDER

MOST = 5
"""Words named for a label, and as many against it."""

LEAST = 0.1
"""Log-odds, a tenth of the odds: by so much a word must move them, both alone and beside the words named before it."""

NEARLY = 0.1
"""From this probability on a movement that was not accepted is explained, too."""

_AHEAD = 4
"""Words among which the next one is chosen, those that move the odds most alone. Of two words that stand in for each other the
second moves little until the first is gone: so each is chosen with those before it left out. With ten the named words of 60 posts
weigh no more than with four (8.13 on the average), with one, in their order, 8.08."""

_CHARACTERS = 400_000
"""Of all the texts with one word left out: ten seconds of an encoder's work. Every word is tried of posts up to some 260 words, as
99 of 100 are; of longer ones as many as that leaves room for, from the stretches that say most surely what the whole says."""

_STRETCH = 400
"""Characters of the sentences that are read by themselves: as long as the posts that the models have learnt from."""

_NO_PART = ("places", "needs")
"""Components that have no part in what is explained."""

_EMOJI = "[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
_WORD = re.compile(rf"{PLACEHOLDER.pattern}|{re.escape(MASK)}|#?{WORD.pattern}|{_EMOJI}(?:\u200d{_EMOJI})*")
"""A placeholder as a whole, a word with the hash sign before it, or an emoji."""

_PIECE = re.compile(rf"\S(?:.{{0,{_STRETCH - 2}}}\S)?(?!\S)|\S{{1,{_STRETCH}}}", re.DOTALL)
"""Whole words of a sentence, or a part of a word without end."""

Words = Mapping[str, Sequence[Mark]]
"""Each different word of a post in lower case, with all the places where it stands."""

_Field = Literal["text", "title"]
_Without = frozenset[str]
_NOTHING: _Without = frozenset()


def explain(nlp: Pipeline, title: str | None, text: str, language: Language | None = None) -> Explanation:
    """The words that carried the accepted movements, the nearly accepted ones, initiative and self_organised: for and against."""
    post = _Post(nlp, title, text, language)
    whole = post.told(_NOTHING)
    labels = [*whole.accepted, *whole.nearly, INITIATIVE, SELF_ORGANISED]
    tried = _worth_trying(post, labels)
    sides = [_Side(post, label, sign) for label in labels for sign in (1, -1)]
    _choose(post, sides, tried)
    explained = {side.label: _explained(post, side, other) for side, other in zip(sides[::2], sides[1::2], strict=True)}
    return Explanation(
        movements=tuple(explained[id] for id in whole.accepted),
        nearly=tuple(explained[id] for id in whole.nearly),
        initiative=explained[INITIATIVE],
        self_organised=explained[SELF_ORGANISED],
        hardly_an_initiative=whole.scores[INITIATIVE] < UNLIKELY,
        words=len(post.words),
        tried=len(tried),
    )


def words_of(title: str | None, text: str) -> Words:
    """The words of a post, in the order in which they stand first."""
    words: dict[str, list[Mark]] = {}
    fields: tuple[tuple[_Field, str], ...] = (("title", title or ""), ("text", text))
    for name, said in fields:
        for match in _WORD.finditer(said):
            mark = Mark(text=match.group(), start=match.start(), end=match.end(), field=name)
            words.setdefault(mark.text.lower().removeprefix("#"), []).append(mark)
    return words


def leave_out(title: str | None, text: str, marks: Iterable[Mark]) -> tuple[str | None, str]:
    """Title and text without what stands at the marks; all else stays, blanks too."""
    cuts = sorted((mark.start, mark.end, mark.field) for mark in marks)
    title = title and _without(title, [(start, end) for start, end, field in cuts if field == "title"])
    return title, _without(text, [(start, end) for start, end, field in cuts if field == "text"])


def _without(said: str, cuts: Sequence[tuple[int, int]]) -> str:
    begins = (0, *(end for _, end in cuts))
    ends = (*(start for start, _ in cuts), len(said))
    return "".join(said[begin:end] for begin, end in zip(begins, ends, strict=True))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the pipeline says of a text."""

    accepted: tuple[str, ...]
    nearly: tuple[str, ...]
    scores: dict[str, float]
    """Of all labels, the two that are no movements among them."""
    log_odds: dict[str, float]
    """The same exactly: scores end at four decimals, and of what is sure all are one."""


def _read(nlp: Pipeline, texts: Iterable[tuple[str | None, str]], language: Language | None) -> Iterator[_Told]:
    """What the pipeline says of texts, in their order."""
    with nlp.select_pipes(disable=_NO_PART):
        for doc in nlp.pipe((make_doc(nlp, title, text, language) for title, text in texts), batch_size=DOCUMENTS):
            told = doc._
            accepted = tuple(id for id, _ in told.accepted)
            best = sorted(told.scores.items(), key=lambda item: -item[1])
            nearly = tuple(id for id, score in best if score >= NEARLY and id not in accepted)
            both = {INITIATIVE: told.initiative, SELF_ORGANISED: told.self_organised}
            yield _Told(accepted, nearly, told.scores | both, told.log_odds)


class _Post:
    """A post, and what the pipeline says of it without some of its words; nothing is asked twice."""

    def __init__(self, nlp: Pipeline, title: str | None, text: str, language: Language | None) -> None:
        self.nlp, self.title, self.text, self.language = nlp, title, text, language
        self.words = words_of(title, text)
        self._told: dict[_Without, _Told] = {}

    def ask(self, without: Iterable[_Without]) -> None:
        """Ask of all these at once."""
        new = [words for words in dict.fromkeys(without) if words not in self._told]
        texts = (leave_out(self.title, self.text, (mark for word in words for mark in self.words[word])) for words in new)
        self._told.update(zip(new, _read(self.nlp, texts, self.language), strict=True))

    def told(self, without: _Without) -> _Told:
        """What the pipeline says."""
        if without not in self._told:
            self.ask([without])
        return self._told[without]

    def falls(self, label: str, without: _Without) -> float:
        """By how much the log-odds of a label fall without these words."""
        return self.told(_NOTHING).log_odds[label] - self.told(without).log_odds[label]

    def room(self, of_each: int = 1) -> int:
        """How many texts of this post may be read for each of so many."""
        return _CHARACTERS // (of_each * (len(self.title or "") + len(self.text) + 1))


def _worth_trying(post: _Post, labels: Sequence[str]) -> list[str]:
    """The words that are left out one by one: all, or first those that weigh most in the stretch that says a label most surely."""
    room = max(len(labels), post.room())
    if len(post.words) <= room:
        return list(post.words)
    stretches = _stretches(f"{post.title}\n{post.text}" if post.title else post.text)
    alone = list(_read(post.nlp, ((None, stretch) for stretch in stretches), post.language))
    posts: dict[int, _Post] = {}
    ranked: list[list[str]] = []
    for label in labels:
        sign = 1 if post.told(_NOTHING).log_odds[label] > 0 else -1
        best = max(range(len(alone)), key=lambda at: sign * alone[at].log_odds[label])
        stretch = posts.setdefault(best, _Post(post.nlp, None, stretches[best], post.language))
        stretch.ask(frozenset((word,)) for word in stretch.words)
        ranked.append(sorted(stretch.words, key=lambda word: -abs(stretch.falls(label, frozenset((word,))))))
    in_turns = (word for words in zip_longest(*ranked) for word in words if word in post.words)
    return list(islice(dict.fromkeys(chain(in_turns, post.words)), room))


def _stretches(text: str) -> list[str]:
    """A text in parts of whole sentences."""
    found: list[str] = []
    begin = end = 0
    for first, last in sentences(text):
        for piece in _PIECE.finditer(text, first, last):
            if piece.end() - begin > _STRETCH and end > begin:
                found.append(text[begin:end])
                begin = piece.start()
            end = piece.end()
    return [*found, text[begin:end]]


@dataclass(slots=True)
class _Side:
    """The words that speak for a label (`sign` 1) or against it (-1)."""

    post: _Post
    label: str
    sign: int
    named: _Without = _NOTHING
    pool: Sequence[str] = ()
    """The words that may still be named, those first that weigh most alone."""
    ahead: int = 1
    """So many of them are looked at to name the next."""

    def weight(self, without: _Without) -> float:
        """How much these words speak for this side: by what is lost without them."""
        return self.sign * self.post.falls(self.label, without)

    def fill(self, tried: Sequence[str], ahead: int) -> None:
        """Keep those of the words that were tried that may be named."""
        weights = {word: self.weight(frozenset((word,))) for word in tried}
        self.pool = sorted((word for word in tried if weights[word] >= LEAST), key=lambda word: -weights[word])
        self.ahead = ahead

    def next(self) -> list[_Without]:
        """What must be known to name the next word."""
        return [self.named | {word} for word in self.pool[: self.ahead]]

    def choose(self) -> None:
        """Name the word that adds most to those named already; from the first that adds too little on none."""
        best = max(self.next(), key=self.weight, default=_NOTHING)
        if self.weight(best) < self.weight(self.named) + LEAST:
            self.pool = ()
            return
        self.named = best
        self.pool = [word for word in self.pool if word not in best]


def _choose(post: _Post, sides: Sequence[_Side], tried: Sequence[str]) -> None:
    """Name words on every side, a word on each at once."""
    post.ask(frozenset((word,)) for word in tried)
    ahead = min(_AHEAD, max(1, post.room(of_each=MOST * len(sides))))
    for side in sides:
        side.fill(tried, ahead)
    for _ in range(MOST):
        post.ask(without for side in sides for without in side.next())
        for side in sides:
            side.choose()


def _explained(post: _Post, speaking_for: _Side, speaking_against: _Side) -> Explained:
    label = speaking_for.label
    return Explained(
        label=label,
        score=post.told(_NOTHING).scores[label],
        words_for=_reasons(speaking_for),
        score_without_for=post.told(speaking_for.named).scores[label] if speaking_for.named else None,
        words_against=_reasons(speaking_against),
        score_without_against=post.told(speaking_against.named).scores[label] if speaking_against.named else None,
    )


def _reasons(side: _Side) -> tuple[Reason, ...]:
    words = side.post.words
    weightiest_first = sorted(side.named, key=lambda word: (-side.weight(frozenset((word,))), word))
    falls = ((words[word], side.post.falls(side.label, frozenset((word,)))) for word in weightiest_first)
    return tuple(Reason(word=marks[0].text, log_odds=round(fall, 2), marks=tuple(marks)) for marks, fall in falls)
