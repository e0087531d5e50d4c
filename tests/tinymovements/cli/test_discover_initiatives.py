"""`search` and `show` of initiatives, as people and programs see them."""

import json

import pytest
from click.testing import CliRunner, Result

from tests.tinymovements import village as world
from tests.tinymovements.village import SOUP, WORKSHOP, Village
from tinymovements.cli import main
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_initiatives, index_posts


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def village(settings: Settings) -> Village:
    made = world.build(settings)
    index_posts(settings, lambda steps: None)
    index_initiatives(settings, lambda steps: None)
    return made


def facts(result: Result) -> dict[str, str]:
    return {line[:15].strip(): line[15:] for line in result.stdout.splitlines()}


class TestSearch:
    def test_people_read_initiatives_where_there_are_any(self, village: Village) -> None:
        lines = run("search", "kyläpaja").stdout.splitlines()
        assert lines[:5] == [
            "1 initiative.",
            "",
            "Kyläpajan ilta (also Byverkstadens kväll)",
            "Kyläpaja tarvitsee pakettiauton lauantaiksi. Tarjoamme pullakahvit.",
            f"active, said 1.3.2026 · Repair and reuse · Vaasanaukio · 4 posts, 1.2.2026–1.5.2026 · {village.ids[WORKSHOP][:8]}",
        ]
        assert "Stages     active 1" in lines
        assert "Languages  fi 1 · sv 1" in lines
        assert run("search", "--size", "1").stdout.splitlines()[-1] == "The same with --page 2 shows the next 1."
        assert SOUP in run("search", "--size", "1", "--page", "2").stdout

    def test_json_says_the_unit(self, village: Village) -> None:
        page = json.loads(run("search", "kyläpaja", "--json").stdout)
        assert (page["unit"], page["total"], page["hits"][0]["id"]) == ("initiatives", 1, village.ids[WORKSHOP])
        assert [facet["name"] for facet in page["facets"]][:2] == ["movements", "stages"]
        page = json.loads(run("search", "kyläpaja", "--json", "--unit", "posts").stdout)
        assert (page["unit"], page["total"]) == ("posts", 3)
        assert "stages" not in [facet["name"] for facet in page["facets"]]

    def test_stages_are_of_initiatives(self, village: Village) -> None:
        assert run("search", "--stage", "active", "--stage", "ended").stdout.startswith("1 initiative.\n")
        for asked in (("--stage", "active"), ("--facet", "stages")):
            told = run("search", "--unit", "posts", *asked)
            assert (told.exit_code, "Posts have no stage" in told.stderr) == (2, True)
        village.withdraw(*village.posts)
        assert run("search").stdout.startswith("6 posts.\n"), "the index has not heard of it yet"
        assert run("search", "--stage", "spark").stdout.startswith("0 initiatives.\n")

    def test_without_hits_it_says_what_else_to_ask(self, village: Village) -> None:
        told = run("search", "haitarikonsertti", "--language", "fi")
        assert told.stdout.splitlines() == ["0 initiatives.", "Without the words: 2 initiatives.", "With --unit posts: 1 post."]
        told = run("search", "soppa", "--stage", "active")
        assert told.stdout.splitlines() == ["0 initiatives.", "Without the words: 1 initiative.", "Without --stage: 1 initiative."]
        assert "Try other words" in run("search", "xyzzy").stdout


class TestShow:
    def test_everything_that_is_known(self, village: Village) -> None:
        told = run("show", village.ids[WORKSHOP][:8])
        assert told.exit_code == 0, told.output
        lines, known = told.stdout.splitlines(), facts(told)
        first, swedish, wish = (village.posts[name].id[:8] for name in ("first", "swedish", "wish"))
        assert lines[:2] == [WORKSHOP, "korjaamme pyöriä yhdessä torstaisin"]
        assert known["Id"] == village.ids[WORKSHOP]
        assert known["Also"] == "Byverkstadens kväll (sv)"
        assert known["Stage"] == f"active: “är i gång” (1.3.2026, {swedish}) (rule runs, 0.90)"
        assert known["Before"] == f"forming: “alkaa” (1.2.2026, {first}) (rule runs, 0.90)"
        assert known["Where"] == "Vaasanaukio (Kallio, Helsinki), 1 post"
        assert known["When"] == "1.2.2026–1.5.2026"
        assert known["Needs"] == f"transport: “tarvitsee pakettiauton lauantaiksi” (1.4.2026, {wish}): expired, until 30.4.2026"
        assert known["Addresses"] == "https://kylapaja.example.org"
        assert lines[-5] == "4 posts, 1 of them first of all about something else"
        assert lines[-2] == f"  1.3.2026  {swedish}  forum: Byverkstadens kväll är i gång, vi lagar cyklar varje torsdag."
        assert lines[-1].endswith(
            "forum: Kyläpajan ilta: Kyläpajan ilta alkaa Vaasanaukiolla: korjaamme pyöriä yhdessä torstaisin."
        )

    def test_the_newest_posts_or_all(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tinymovements.workflow.show_initiative.NEWEST", 2)
        lines = run("show", village.ids[WORKSHOP]).stdout.splitlines()
        others = "1 of them first of all about something else"
        assert lines[-3] == f"4 posts, {others}, the newest 2 of them here; --all shows the others"
        assert len(json.loads(run("show", village.ids[WORKSHOP], "--json").stdout)["posts"]) == 2
        assert len(json.loads(run("show", village.ids[WORKSHOP], "--json", "--all").stdout)["posts"]) == 4

    def test_json(self, village: Village) -> None:
        told = json.loads(run("show", village.ids[SOUP], "--json").stdout)
        assert told["initiative"]["names"] == [{"text": SOUP, "language": "fi", "posts": 1}]
        assert [post["id"] for post in told["posts"]] == [village.posts["soup"].id]
        assert told["moved_from"] is None
        assert "hidden" not in told["initiative"]

    def test_where_an_id_leads_by_now(self, village: Village) -> None:
        village.put(gone={village.ids[SOUP]: village.ids[WORKSHOP]})
        lines = run("show", village.ids[SOUP]).stdout.splitlines()
        assert lines[:3] == [f"{village.ids[SOUP]} has become a part of {village.ids[WORKSHOP]}.", "", WORKSHOP]
        assert json.loads(run("show", village.ids[SOUP], "--json").stdout)["moved_from"] == village.ids[SOUP]

    def test_without_a_stage_it_says_so(self, village: Village) -> None:
        assert facts(run("show", village.ids[SOUP]))["Stage"] == "no post tells"

    def test_of_a_post_its_initiatives(self, village: Village) -> None:
        id = village.ids[WORKSHOP]
        known = facts(run("show", village.posts["swedish"].id))
        assert known["Part of"] == f"{WORKSHOP}, {id[:8]}, which it shows as active"
        told = json.loads(run("show", village.posts["swedish"].id, "--json").stdout)
        assert told["initiatives"] == [{"id": id, "name": WORKSHOP, "stage": "active"}]
        assert json.loads(run("show", village.posts["chatter"].id, "--json").stdout)["initiatives"] == []

    @pytest.mark.parametrize(("of", "option"), [("posts", "--all"), ("ids", "--why")])
    def test_what_is_asked_of_the_other_unit_is_refused(self, village: Village, of: str, option: str) -> None:
        id = village.posts["chatter"].id if of == "posts" else village.ids[SOUP]
        told = run("show", id, option)
        assert (told.exit_code, f"{option} is for" in told.stderr) == (2, True)

    def test_of_nothing(self, village: Village) -> None:
        told = run("show", "izzz")
        assert (told.exit_code, told.stderr.partition(". ")[0]) == (1, "Error: No initiative has the id izzz")
