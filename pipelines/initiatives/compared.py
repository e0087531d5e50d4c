"""What wishes are compared by: the base forms that carry meaning, and concepts that are the same in three languages."""

import re
import tomllib
from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import Path

from pipelines.initiatives.learnt import load, remembered_until_used
from pipelines.initiatives.telling import CONCEPT, weight
from pipelines.terms import WORD, is_stop_word, terms, voikko
from tinymovements.model import LANGUAGES

_SHORTEST = 3
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")


@cache
def _concepts() -> dict[str, dict[str, tuple[str, ...]]]:
    """Per language: base form to concepts."""
    table = tomllib.loads(Path(__file__).with_name("concepts.toml").read_text("utf-8"))
    found: dict[str, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    for concept, words in table.items():
        for language in LANGUAGES:
            for word in words[language].split():
                found[language][word] = (*found[language].get(word, ()), CONCEPT + concept)
    return found


@cache
def cues(language: str) -> dict[str, re.Pattern[str]]:
    """How one says that a wish is met, or that it is not, as `met.toml` has it; of an unknown language all that is said in ours."""
    table = tomllib.loads(Path(__file__).with_name("met.toml").read_text("utf-8"))
    tables = [table[language]] if language in table else list(table.values())
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(form for one in tables for form in one[name])})(?!\w)", re.IGNORECASE)
        for name in tables[0]
    }


def words_of(text: str, language: str, aside: Collection[tuple[int, int]] = ()) -> tuple[str, ...]:
    """What a clause is compared by, in order; what begins within a span of `aside`, as places' names do, is left out."""
    found: dict[str, None] = {}
    hidden = [*aside, *(match.span() for match in _PLACEHOLDER.finditer(text))]
    for match in WORD.finditer(text):
        if not any(start <= match.start() < end for start, end in hidden):
            found.update(dict.fromkeys(_of_word(match.group().lower(), language)))
    return tuple(found)


@lru_cache(maxsize=20_000)
def _of_word(word: str, language: str) -> tuple[str, ...]:
    if len(word) < _SHORTEST or word[0].isdigit() or any(pattern.fullmatch(word) for pattern in cues(language).values()):
        return ()
    if language not in LANGUAGES:
        return (word,)
    if is_stop_word(word, language):
        return ()
    said = terms(word, language)
    known = _concepts()[language]
    # Of "tilaa" the dictionary's first reading is to order, and of "ett tält" to camp: a thing is meant more often.
    readings = (reading.BASEFORM.lower() for reading in voikko(word)) if language == "fi" else ()
    # What a compound is, its last part says: "huonekalut", furniture, is no room.
    concepts = (concept for term in (said[0], said[-1], word, *readings) for concept in known.get(term, ()))
    # The parts of a word that is known by itself ("fortsätta": go on) would tell the same again.
    own = said[:1] if weight(said[0]) < load().unseen else said
    return tuple(dict.fromkeys([*(term for term in own if len(term) >= _SHORTEST), *concepts]))


remembered_until_used(_of_word.cache_clear)
