"""`search` and `show` as people and programs see them."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.cli import main
from tinymovements.cli.filters import MovementId
from tinymovements.model import Annotation, Counts, Draft, MovementScore, Place, Span
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_posts

TEXT = "Tule kirpputorille lauantaina! Tarvitsemme pöytiä [lainaksi]."


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def id(settings: Settings) -> str:
    """The id of a market in March; four more markets and a soup are there, too."""
    kallio = Place(name="Vaasanaukio", lat=60.187, lon=24.958, district="Kallio", municipality="Helsinki")
    market = Draft(
        native_id="0", title="Kirppis", text=TEXT, posted=datetime(2026, 3, 1, tzinfo=UTC), counts=Counts(reactions=1200)
    )
    drafts = [market, *(Draft(native_id=str(number), text=f"kirpputori {number}", language="fi") for number in range(1, 5))]
    drafts.append(Draft(native_id="soup", text="soppaa", language="fi", kind="event"))
    made = [Gate(b"k" * 32).admit(draft, "forum") for draft in drafts]
    told = Annotation(
        version="1",
        language="fi",
        movements=(MovementScore(id="flea-markets-and-swaps", score=0.91),),
        initiative=0.9,
        self_organised=0.8,
        places=(kallio,),
        needs=(Span(text="Tarvitsemme pöytiä [lainaksi]", start=31, end=60, kind="things"),),
    )
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "forum", made)
    claim = annotations.claim(archive, "1", 0, 1)
    assert claim is not None
    claim.keep([told.model_dump_json()])
    index_posts(settings, lambda steps: None)
    return made[0].id


def test_people_read_hits_facets_and_how_to_go_on(id: str) -> None:
    result = run("search", "kirppis", "--size", "2")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "5 posts."
    at = lines.index("Kirppis")
    assert lines[at + 1 : at + 3] == [TEXT, f"Flea markets and swaps · Vaasanaukio · 1.3.2026 · forum · {id[:8]}"]
    assert "Movements  Flea markets and swaps 1" in lines
    assert "Districts  Kallio 1" in lines
    assert "Months     2026-03 1" in lines
    assert lines[-1] == "The same with --page 2 shows the next 2."


def test_pages_by_number_and_by_cursor_are_the_same(id: str) -> None:
    first = json.loads(run("search", "kirpputori", "--size", "2", "--json").stdout)
    second = json.loads(run("search", "kirpputori", "--size", "2", "--cursor", first["cursor"], "--json").stdout)
    assert second == json.loads(run("search", "kirpputori", "--size", "2", "--page", "2", "--json").stdout)
    assert len({hit["id"] for page in (first, second) for hit in page["hits"]}) == 4
    assert run("search", "kirpputori", "--size", "2", "--page", "4").exit_code == 2
    assert run("search", "--page", "2", "--cursor", "x").exit_code == 2
    assert run("search", "soppa", "--cursor", first["cursor"]).stderr.startswith("Error: This cursor belongs to another query.")


def test_json_holds_what_a_program_needs(id: str) -> None:
    page = json.loads(run("search", "+lauantai", "--json").stdout)
    assert page["total"] == 1
    (hit,) = page["hits"]
    assert (hit["id"], hit["posted"], hit["movements"]) == (id, "2026-03-01T00:00:00Z", ["flea-markets-and-swaps"])
    assert {facet["name"] for facet in page["facets"]} >= {"movements", "months"}
    assert json.loads(run("search", "--no-facets", "--json").stdout)["facets"] == []
    asked = json.loads(run("search", "--facet", "kinds", "--facet", "sources", "--json").stdout)
    assert [facet["name"] for facet in asked["facets"]] == ["kinds", "sources"]


def test_every_filter_reaches_the_engine(id: str) -> None:
    def total(*arguments: str) -> int:
        result = run("search", *arguments, "--json")
        assert result.exit_code == 0, result.output
        return int(json.loads(result.stdout)["total"])

    assert total("--movement", "flea-markets-and-swaps") == 1
    assert total("--movement", "street-art", "--movement", "flea-markets-and-swaps") == 1
    assert total("--place", "Berghäll") == 1
    assert total("--near", "60.19,24.95", "--within", "5km") == 1
    assert total("--near", "Kallio", "--within", "100m") == 0
    assert total("--box", "60.1,24.9,60.2,25") == 1
    assert total("--box", "60.1,24.9,60.15,25") == 0
    assert total("--language", "sv") == 0
    assert total("--source", "forum") == 6
    assert total("--kind", "event") == 1
    assert total("--since", "1.3.2026", "--until", "2026-03-01") == 1
    assert total("--since", "2.3.2026") == 0


def test_words_with_a_minus_are_words_and_mistyped_options_are_not(id: str) -> None:
    assert run("search", "kirpputori", "-lauantai").stdout.startswith("4 posts.")
    assert run("search", "-hoito", "soppa").stdout.startswith("1 post.")
    result = run("search", "kirpputori", "--langauge", "fi")
    assert result.exit_code == 2
    assert "--langauge" in result.stderr


def test_an_unknown_movement_gets_the_ids_most_like_it(id: str) -> None:
    result = run("search", "--movement", "street-arts")
    assert result.exit_code == 2
    assert "street-art" in result.stderr


def test_without_hits_it_says_which_filter_to_drop(id: str) -> None:
    result = run("search", "kirpputori", "--kind", "event", "--language", "fi")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["0 posts.", "Without --kind: 5 posts.", "Without the words: 1 post."]
    assert "Try other words" in run("search", "xyzzy").stdout


def test_without_an_index_it_says_what_to_do() -> None:
    result = run("search", "kirpputori")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no index yet. Run `tinymovements index`.\n"


def test_show_prints_a_post_and_what_is_known_of_it(id: str) -> None:
    result = run("show", id[:8])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == ["Kirppis", TEXT]
    facts = {line[:15].strip(): line[15:] for line in lines[3:]}
    assert facts["Id"] == id
    assert facts["Posted"] == "1.3.2026"
    assert facts["Counts"] == "1,200 reactions"
    assert facts["Movements"] == "Flea markets and swaps 0.91"
    assert facts["Places"] == "Vaasanaukio (Kallio)"
    assert facts["Needs"] == "things: Tarvitsemme pöytiä [lainaksi]"
    assert "since" in facts["History"]


def test_show_json(id: str) -> None:
    shown = json.loads(run("show", id, "--json").stdout)
    assert shown["post"]["id"] == id
    assert shown["annotation"]["movements"] == [{"id": "flea-markets-and-swaps", "score": 0.91}]
    assert [set(version) for version in shown["history"]] == [{"content_hash", "seen"}]
    assert shown["same"] == []


def test_a_search_that_finds_nothing_says_what_is_left_to_do(settings: Settings, id: str) -> None:
    told = run("search", "xyzzy", "--json")
    assert json.loads(told.stdout)["total"] == 0
    assert any(line.startswith("To do     posts not resolved: ") for line in told.stderr.splitlines())
    assert run("search", "soppa").stderr == ""


def test_show_of_no_post(id: str) -> None:
    result = run("show", "zzz")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: No post has the id zzz.")


@pytest.mark.usefixtures("pets")
def test_a_movement_of_the_users_own_can_be_asked_for() -> None:
    assert "shared-pets" in [item.value for item in MovementId().shell_complete(None, None, "sha")]  # type: ignore[arg-type]
    assert MovementId().convert("Shared Pets", None, None) == "shared-pets"
    told = run("search", "--movement", "shared-pet")
    assert told.exit_code == 2
    assert "Did you mean shared-pets" in told.stderr


def test_a_source_that_there_is_no_post_of_is_named(id: str) -> None:
    told = run("search", "--source", "forum", "--source", "fourm", "--kind", "page").stdout
    assert "There is no post of a source called fourm: `tinymovements status` tells of which there are." in told
    assert "called forum" not in told
