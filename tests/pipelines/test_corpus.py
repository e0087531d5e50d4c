"""The labelled posts: by the guide, by many writers, none twice, and none from a mould."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from pipelines.examples import CORPUS, Example, read_corpus, read_other_registers
from tinymovements.model import LANGUAGES
from tinymovements.taxonomy import load_taxonomy

ALIKE = 0.3
"""Share of common three-word runs. The likest two posts of the corpus ("Ginger tom missing since Tuesday") have 0.19."""

SAME_WORDS = 0.4
"""Share of common words, by which a mould shows whatever is filled in; the likest two posts of one writer have less than 0.28."""

SHORTEST = 6
"""Words. Shorter posts ("Anyone else's lights off?") are alike without being the same."""

OPENINGS = 3
"""Posts of one writer that may begin with the same three words."""


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_corpus()


@pytest.fixture(scope="module")
def others() -> list[Example]:
    return read_other_registers()


def words(example: Example) -> list[str]:
    return re.findall(r"\w+", example.text.casefold())


def faults(examples: Sequence[Example]) -> Iterator[str]:
    """One sentence for each thing that no corpus may have."""
    ids = set(load_taxonomy().ids)
    for example in examples:
        if not example.required <= example.allowed <= ids:
            yield f"{example.id} has labels outside of the taxonomy, or requires what is not allowed"
        if example.register == "post" and example.required and not example.initiative:
            yield f"{example.id} has a movement and is about no initiative"
        for clause in (*(example.needs or ()), *(example.offers or ()), *(example.asks or ())):
            if clause not in example.whole:
                yield f"{example.id} does not say {clause!r}"
    for what, counts in (("id", Counter(e.id for e in examples)), ("text", Counter(e.text for e in examples))):
        yield from (f"the {what} {value!r} is there {count} times" for value, count in counts.items() if count > 1)
    yield from moulds(examples)


def moulds(examples: Sequence[Example]) -> Iterator[str]:
    """Posts that repeat each other: two of different writers would tell a fold what it is asked, two of one come from a mould."""
    runs = {e.id: {tuple(words(e)[at : at + 3]) for at in range(len(words(e)) - 2)} for e in examples if len(words(e)) >= SHORTEST}
    for first, second in meeting(runs):
        if len(runs[first] & runs[second]) > ALIKE * len(runs[first] | runs[second]):
            yield f"{first} and {second} are nearly the same"
    for voice in {e.group for e in examples}:
        said = {e.id: set(words(e)) for e in examples if e.group == voice and len(words(e)) >= SHORTEST}
        for first, second in combinations(said, 2):
            if len(said[first] & said[second]) > SAME_WORDS * len(said[first] | said[second]):
                yield f"{first} and {second} come from one mould"
        begun = Counter(tuple(words(e)[:3]) for e in examples if e.group == voice)
        yield from (f"{count} posts of {voice} begin with {' '.join(begin)}" for begin, count in begun.items() if count > OPENINGS)


def meeting(runs: dict[str, set[tuple[str, ...]]]) -> set[tuple[str, str]]:
    """Pairs that have at least two runs in common."""
    having: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, its in runs.items():
        for run in its:
            having[run].append(id)
    common = Counter(pair for ids in having.values() for pair in combinations(sorted(ids), 2))
    return {pair for pair, count in common.items() if count > 1}


def test_nothing_is_wrong_with_it(examples: list[Example], others: list[Example]) -> None:
    assert list(faults([*examples, *others])) == []
    assert all(None not in (example.needs, example.offers, example.asks) for example in examples)


def test_there_are_enough_of_each(examples: list[Example]) -> None:
    assert len(examples) >= 4000
    assert len({example.group for example in examples}) >= 24
    for language in LANGUAGES:
        written = [example for example in examples if example.language == language]
        assert sum(not example.required for example in written) >= 500, language
        of = Counter(id for example in written for id in example.required)
        assert min(of[id] for id in load_taxonomy().ids) >= 40, (language, of)


def test_there_are_descriptions_and_proposals_of_each(others: list[Example]) -> None:
    for register, language in (("description", "en"), ("description", "sv"), ("description", "fi"), ("proposal", "fi")):
        written = [example for example in others if (example.register, example.language) == (register, language)]
        assert 0.3 < share(not example.required for example in written) < 0.6
        of = Counter(id for example in written for id in example.required)
        assert min(of[id] for id in load_taxonomy().ids) >= 4, (register, language, of)


def test_it_is_written_as_people_write(examples: list[Example]) -> None:
    positive = [example for example in examples if example.required]
    assert 0.25 < share(len(words(example)) < 15 for example in examples) < 0.45
    assert share(bool(example.asks) or not example.self_organised for example in positive) > 0.2
    for clauses in ("needs", "offers", "asks"):
        assert share(bool(getattr(example, clauses)) for example in examples) > 0.1, clauses


def share(true: Iterable[bool]) -> float:
    values = list(true)
    return sum(values) / len(values)


def test_a_file_is_of_one_writer_in_one_language(examples: list[Example], others: list[Example]) -> None:
    voices = {example.group: example.language for example in (*examples, *others)}
    assert sorted(voices) == sorted(path.stem for path in CORPUS.rglob("*.jsonl"))
    for example in (*examples, *others):
        assert example.language == voices[example.group] == example.group[:2], example.id
        assert example.id.startswith(f"{example.group}-"), example.id


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": "fi-a-2", "required": frozenset({"knitting"})}, "outside of the taxonomy"),
        ({"id": "fi-a-2", "needs": ("lapioita",)}, "does not say"),
        ({"id": "fi-a-2", "initiative": False}, "about no initiative"),
        ({"id": "fi-a-2"}, "is there 2 times"),
        ({"text": "Jotain muuta tällä kertaa, ihan eri asiasta"}, "the id 'fi-a-1' is there 2 times"),
        ({"id": "fi-b-1", "group": "fi-b", "text": "{} Tulkaa kaikki!"}, "nearly the same"),
        ({"id": "fi-a-2", "text": "Lauantaina tervetuloa: istutamme omenapuita yhdessä puistoon, kahvia on!"}, "one mould"),
    ],
)
def test_what_must_not_be_in_it_is_found(changes: dict[str, object], fault: str) -> None:
    good = Example(
        "fi-a-1",
        "Tervetuloa lauantaina: istutamme yhdessä omenapuita puistoon ja kahvia on.",
        "fi",
        frozenset({"urban-gardening"}),
        frozenset({"urban-gardening"}),
        True,
        True,
        "fi-a",
        "post",
    )
    assert list(faults([good])) == []
    if isinstance(text := changes.get("text"), str):
        changes = changes | {"text": text.format(good.text)}
    assert any(fault in found for found in faults([good, replace(good, **changes)]))  # type: ignore[arg-type]
