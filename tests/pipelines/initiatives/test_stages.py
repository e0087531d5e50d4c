"""A stage is shown with the sentence that says it, and changes only by what is sure."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.initiatives import stage_model
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.stages import BY_WORDS, course, direction, read_stage
from pipelines.initiatives.ways import load_ways
from pipelines.vectors import pack
from tinymovements.initiative import STAGES, Quote, Stage, StageSign
from tinymovements.model import Annotation

Make = Callable[..., list[Evidence]]

POSTS = (
    ("spark", "Eikö meidän kadulle voisi saada yhteistä polttopuuvajaa? Kuka lähtisi mukaan?"),
    ("spark", "Tänk om vi hade en egen bagarstuga här i byn. Är det någon mer som vill?"),
    ("spark", "Could we not have a shared pottery wheel round here? Anyone else up for it?"),
    ("forming", "Lasipaja hakee vielä paikkaa. Meitä on nyt neljä, suunnittelupalaveri pidetään ensi viikolla Minnan luona."),
    ("forming", "Vi är sju som vill starta en bagarstuga. Planeringsmöte hos Elsa, lokal saknas fortfarande."),
    (
        "forming",
        "Planning meeting for the pottery at mine. There are five of us so far and we still need a room before we can start.",
    ),
    ("active", "Eilen polttopuuvajalla pinottiin 14 kuutiota, kiitos kaikille! Seuraavat talkoot ensi torstaina kuudelta."),
    ("active", "I torsdags bakade vi 80 limpor i bagarstugan, tack alla! Öppet varje torsdag som vanligt."),
    ("active", "Thanks to everyone who came to the pottery last night, 23 people and 40 mugs. Open every Tuesday as usual."),
    ("institutional", "Vaja on nyt rekisteröity yhdistys, ja kaupungin avustuksella palkattiin osa-aikainen koordinaattori."),
    ("institutional", "Bagarstugan är nu en registrerad förening med bidrag från staden, och Elsa är anställd på halvtid."),
    ("institutional", "The pottery is a registered charity now, with a grant for three years and a paid coordinator."),
    ("dormant", "Puuvaja on nyt tauolla. Siellä ei ole näkynyt ketään kuukausiin, jatketaan keväällä jos jaksetaan."),
    ("dormant", "Bagarstugan tar paus tills vidare, ugnen är trasig. Vi återkommer kanske till våren."),
    ("dormant", "No pottery until further notice, the kiln is broken. We are taking a break and hope to be back in the spring."),
    ("ended", "Polttopuuvaja lopetetaan. Tänään pinottiin viimeisen kerran, sahat saa hakea. Kiitos näistä vuosista."),
    ("ended", "Vi lägger ner bagarstugan. I går bakade vi för sista gången, tack för alla år."),
    ("ended", "The pottery has closed down for good. Last night was the last ever session, the wheel is free to whoever wants it."),
)


@pytest.fixture(scope="module")
def posts(evidence_of: Make) -> list[Evidence]:
    return evidence_of(*(("By och stad", text) for _, text in POSTS))


def test_stages_are_told_in_three_languages(posts: list[Evidence]) -> None:
    signs = [read_stage(post) for post in posts]
    assert [sign and sign.stage for sign in signs] == [stage for stage, _ in POSTS]


def test_a_sign_names_a_rule_of_its_stage_and_the_sentence_that_meets_it(posts: list[Evidence]) -> None:
    for post in posts:
        sign = read_stage(post)
        assert sign is not None
        way = next(way for way in load_ways() if way.id == sign.rule)
        assert way.stage == sign.stage
        assert way.said[post.annotation.language].search(sign.quote.text.lower())
        assert (sign.quote.post, sign.quote.posted) == (post.id, post.posted)


def test_a_sentence_of_the_title_is_quoted_as_of_the_title(evidence_of: Make) -> None:
    (post,) = evidence_of(("Kylä", "Kehräämö lopetetaan nyt kokonaan", "Langat ovat punaisia ja pehmeitä."))
    sign = read_stage(post)
    assert sign is not None
    assert (sign.stage, sign.quote.field, sign.quote.text) == ("ended", "title", "Kehräämö lopetetaan nyt kokonaan")


def test_a_rule_is_given_where_no_way_is_listed(evidence_of: Make) -> None:
    (post,) = evidence_of(("Kylä", "Punainen talo mäellä"))
    sign = read_stage(post)
    assert sign is not None
    assert sign.rule == BY_WORDS


@pytest.mark.parametrize("text", ["", "…", "[name] [phone]", "123 456", "🎉"])
def test_a_post_that_says_nothing_shows_no_stage(evidence_of: Make, text: str) -> None:
    (post,) = evidence_of((None, "Talo"))
    assert read_stage(post._replace(text=text)) is None


_PIECES = st.sampled_from([text for _, text in POSTS] + ["[name]", "İ", "ß?", "\n\n", "…", " ", "1.", "e.g.", "🎉", "ok"])


@settings(max_examples=200, deadline=None)
@given(
    title=st.none() | st.lists(_PIECES, max_size=2).map(" ".join),
    pieces=st.lists(_PIECES, max_size=5),
    shown=st.sampled_from("\n "),
)
def test_a_quote_is_an_exact_part_of_its_post(title: str | None, pieces: Sequence[str], shown: str) -> None:
    told = Annotation(version="1", language="sv", initiative=1, self_organised=1)
    post = Evidence(1, "p1", "invented", None, None, "post", title, shown.join(pieces), None, None, told, None)
    sign = read_stage(post)
    if sign is None:
        return
    quote = sign.quote
    assert ((title if quote.field == "title" else post.text) or "")[quote.start : quote.end] == quote.text
    assert quote.text.strip()


def test_a_vector_has_a_say(posts: list[Evidence]) -> None:
    towards = stage_model.load().vector_says[:, STAGES.index("ended")]
    before = read_stage(posts[6])
    after = read_stage(posts[6]._replace(vector=pack(towards)))
    assert before is not None
    assert after is not None
    assert (before.stage, before.score) != (after.stage, after.score)


def test_a_vector_of_nothing_has_no_direction() -> None:
    assert direction(None) is None
    nothing = direction(pack(np.zeros(384, np.float32)))
    assert nothing is not None
    assert not nothing.any()


def test_a_model_that_is_kept_is_the_same_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    stage_model.load().save(first)
    stage_model.load().save(second)
    assert first.read_bytes() == second.read_bytes()
    with np.load(first) as kept, np.load(stage_model.MODEL) as shipped:
        assert set(kept) == set(shipped)
        assert all(np.array_equal(kept[name], shipped[name]) and kept[name].dtype == shipped[name].dtype for name in kept)


def test_the_posts_that_are_learnt_from_beside_the_worlds_say_their_stage() -> None:
    rows = [json.loads(line) for line in stage_model.MODEL.with_name("stages.jsonl").read_text("utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["stage"] for row in rows} == set(STAGES)
    assert all(row["evidence"] in (row["title"] or "") or row["evidence"] in row["text"] for row in rows)


def test_the_documentation_lists_every_rule() -> None:
    page = Path(__file__).parents[3].joinpath("docs/stages.md").read_text("utf-8")
    for way in load_ways():
        assert f"| {way.stage} | `{way.id}` | {way.means} |" in page
    assert f"`{BY_WORDS}`" in page


def _signs(*told: tuple[Stage, float] | tuple[Stage, float, None]) -> list[StageSign]:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    return [
        StageSign(
            stage=said[0],
            rule="thanks",
            score=said[1],
            quote=Quote(post=f"p{day}", text="x", start=0, end=1, posted=start + timedelta(days=day) if len(said) == 2 else None),
        )
        for day, said in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("told", "went"),
    [
        ([], []),
        ([("spark", 0.3), ("spark", 0.9), ("forming", 0.4), ("active", 0.4), ("active", 0.9)], ["spark", "forming", "active"]),
        ([("active", 0.9), ("spark", 0.99), ("forming", 0.99), ("active", 0.9)], ["active"]),
        ([("active", 0.9), ("ended", 0.4), ("dormant", 0.4), ("institutional", 0.4)], ["active"]),
        ([("active", 0.9), ("institutional", 0.8), ("active", 0.99)], ["active", "institutional"]),
        ([("active", 0.9), ("dormant", 0.8), ("spark", 0.9), ("active", 0.4)], ["active", "dormant"]),
        ([("active", 0.9), ("dormant", 0.8), ("active", 0.6), ("ended", 0.8)], ["active", "dormant", "active", "ended"]),
        ([("active", 0.9), ("ended", 0.8), ("ended", 0.9), ("active", 0.6), ("dormant", 0.9), ("spark", 0.9)], ["active", "ended"]),
        ([("active", 0.9), ("ended", 0.8), ("active", 0.9)], ["active", "ended", "active"]),
        ([("active", 0.9), ("ended", 0.99, None)], ["active"]),
        ([("forming", 0.9, None), ("active", 0.9, None)], ["forming", "active"]),
    ],
)
def test_a_course_changes_by_what_is_sure(told: list[tuple[Stage, float]], went: list[str]) -> None:
    signs = _signs(*told)
    changes = course(signs)
    assert [sign.stage for sign in changes] == went
    assert all(sign in signs for sign in changes)
