"""`show --why` and `classify --explain` as people and programs see them."""

import io
import json

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from rich.text import Text

from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.cli import main
from tinymovements.cli.why import AGAINST, FOR, mark_words, print_why
from tinymovements.model import Draft, Explained, Explanation, Mark, Reason
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.annotate import annotate_posts

TEXT = "Tule [kirpputorille] pihalle lauantaina!"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


def _reason(said: str, word: str, log_odds: float, field: str = "text") -> Reason:
    start = said.index(word)
    mark = Mark.model_validate({"text": word, "start": start, "end": start + len(word), "field": field})
    return Reason(word=word, log_odds=log_odds, marks=(mark,))


@pytest.fixture
def explanation() -> Explanation:
    market = Explained(
        label="flea-markets-and-swaps",
        score=0.91,
        words_for=(_reason(TEXT, "kirpputorille", 2.25), _reason("Kirppis", "Kirppis", 0.5, "title")),
        score_without_for=0.2,
        words_against=(_reason(TEXT, "pihalle", -0.5),),
        score_without_against=0.95,
    )
    return Explanation(
        movements=(market,),
        nearly=(Explained(label="urban-gardening", score=0.2),),
        initiative=Explained(label="initiative", score=0.9),
        self_organised=Explained(label="self_organised", score=0.8),
        hardly_an_initiative=False,
        words=4000,
        tried=40,
    )


def _printed(explanation: Explanation, **people: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=200)
    print_why(console, explanation, {label.replace("_", "-"): says for label, says in people.items()})
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_people_read_the_words_of_each_label(explanation: Explanation) -> None:
    assert _printed(explanation) == [
        "",
        "Why",
        "Flea markets and swaps 0.91",
        "  for      kirpputorille +2.2, Kirppis +0.5; without them 0.20",
        "  against  pihalle -0.5; without it 0.95",
        "Urban gardening 0.20, not accepted",
        "Initiative 0.90",
        "Self-organised 0.80",
        "Of 4,000 words 40 were tried.",
    ]


def test_it_is_told_where_a_person_says_it_and_not_the_model(explanation: Explanation) -> None:
    lines = _printed(explanation, flea_markets_and_swaps=False, self_organised=True, time_banking=True)
    assert "Flea markets and swaps 0.91; people say no" in lines
    assert "Self-organised 0.80; people say yes" in lines
    assert "Time banking: not thought of by the model; people say yes" in lines


def test_it_is_told_why_there_is_no_movement(explanation: Explanation) -> None:
    none = explanation.model_copy(update={"movements": (), "hardly_an_initiative": True, "tried": 4000})
    assert _printed(none)[-1] == "The model accepts no movement, for this is hardly about an initiative."


def test_words_are_coloured_in_title_and_text(explanation: Explanation) -> None:
    title, text = Text("Kirppis"), Text(TEXT)
    mark_words(title, "title", explanation)
    mark_words(text, "text", explanation)
    assert [(span.start, span.end, span.style) for span in title.spans] == [(0, 7, FOR)]
    assert [(TEXT[span.start : span.end], span.style) for span in text.spans] == [("pihalle", AGAINST), ("kirpputorille", FOR)]


@pytest.fixture
def id(settings: Settings) -> str:
    """The id of an annotated post."""
    post = Gate(b"k" * 32).admit(Draft(native_id="1", title="Pihakirppis", text=TEXT, language="fi"), "forum")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [post])
    annotate_posts(settings, lambda steps: None)
    return post.id


def test_show_says_why_where_it_is_asked(id: str) -> None:
    told = run("show", id[:8], "--why")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[:2] == ["Pihakirppis", TEXT]
    assert "\x1b" not in told.stdout
    why = told.stdout.splitlines()[told.stdout.splitlines().index("Why") + 1 :]
    assert any(line.startswith("Initiative 0.") for line in why)
    assert any(line.startswith("  for ") or line.startswith("  against ") for line in why)
    assert "Why" not in run("show", id).stdout.splitlines()


def test_show_json_says_why_where_it_is_asked(id: str) -> None:
    shown = json.loads(run("show", id, "--why", "--json").stdout)
    assert shown["why"]["initiative"]["label"] == "initiative"
    assert [one["label"] for one in shown["why"]["movements"]] == [one["id"] for one in shown["annotation"]["movements"]]
    assert "why" not in json.loads(run("show", id, "--json").stdout)


def test_what_people_said_stands_beside_what_the_model_says(id: str) -> None:
    assert run("label", id, "+time-banking", "--by", "library").exit_code == 0
    assert "Time banking" in run("show", id, "--why").stdout.split("\nWhy\n")[1]


def test_a_post_that_is_not_annotated_has_no_why(settings: Settings) -> None:
    post = Gate(b"k" * 32).admit(Draft(native_id="1", text=TEXT), "forum")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [post])
    told = run("show", post.id, "--why")
    assert told.exit_code == 0
    assert "not yet" in told.stdout
    assert json.loads(run("show", post.id, "--why", "--json").stdout)["why"] is None


def test_classify_explains(settings: Settings) -> None:
    told = run("classify", "--explain", given='{"id": "1", "text": "Kirppis pihalla lauantaina!"}\n{"id": "2"}\n')
    first, second = map(json.loads, told.stdout.splitlines())
    assert {"initiative", "self_organised"} <= set(first["why"])
    assert "error" in second
    assert "why" not in second
