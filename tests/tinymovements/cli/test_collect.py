"""`sources` and `collect` as far as no site is asked; crawls themselves are tested in tests/spiders."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spiders.sources import read_source
from tinymovements.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


MALMI = ("malmi-seura", "--platform", "rss", "--url", "https://example.org/feed/", "--title", 'Malmi "Seura"')


@pytest.fixture
def own(home: Path) -> Path:
    folder = home / "sources"
    folder.mkdir(parents=True)
    return folder


class TestSources:
    def test_list(self) -> None:
        lines = run("sources", "list").stdout.splitlines()
        assert any(line.split()[:3] == ["helsinki-linked-events", "linked-events", "collect"] for line in lines)
        assert any(line.split()[:3] == ["omastadi", "file", "import"] for line in lines)
        assert any(line.split()[:4] == ["helka", "rss", "when", "named"] for line in lines)

    def test_list_for_programs(self) -> None:
        listed = {source["id"]: source for source in json.loads(run("sources", "list", "--json").stdout)}
        assert listed["mastodon-nu"]["options"]["hashtags"]
        assert listed["crowdtangle-archive"]["texts_exportable"] is False

    def test_show(self) -> None:
        shown = run("sources", "show", "helsinki-linked-events").stdout
        assert "GDPR Article 6(1)(f)" in shown
        assert "event_types: General, Volunteering; start: today" in shown
        assert "enabled           yes" in shown
        assert json.loads(run("sources", "show", "helka", "--json").stdout)["file"].endswith("helka.toml")

    def test_an_unknown_one(self) -> None:
        ended = run("sources", "show", "helkka")
        assert ended.exit_code == 2
        assert "helka" in ended.stderr

    def test_check_is_content_with_what_ships(self) -> None:
        ended = run("sources", "check")
        assert (ended.exit_code, ended.stderr) == (0, "")
        assert "0 broken" in ended.stdout

    def test_check_tells_a_broken_one_by_file_and_field(self, own: Path) -> None:
        (own / "wrong.toml").write_text('title = "T"\nlanguages = ["xx"]\n', "utf-8")
        (own / "tags.toml").write_text(run_template("mastodon").replace('["naapuriapu"]', "[]"), "utf-8")
        ended = run("sources", "check")
        assert ended.exit_code == 1
        assert f"{own / 'wrong.toml'}: " in ended.stderr
        assert "options.hashtags" in ended.stderr
        assert "2 broken" in ended.stdout
        assert run("sources", "check", "helka").exit_code == 0

    def test_new_makes_a_file_that_tells_what_to_edit(self, home: Path) -> None:
        ended = run("sources", "new", *MALMI)
        path = home / "sources" / "malmi-seura.toml"
        assert ended.exit_code == 0
        assert str(path) in ended.stdout
        assert "legal basis" in ended.stdout
        assert read_source(path).title == 'Malmi "Seura"'
        assert [file.name for file in path.parent.iterdir()] == ["malmi-seura.toml"]
        assert run("sources", "check", "malmi-seura").exit_code == 1

    def test_new_writes_over_nothing(self, home: Path) -> None:
        run("sources", "new", *MALMI)
        path = home / "sources" / "malmi-seura.toml"
        path.write_text(path.read_text("utf-8").replace("EDIT: ", ""), "utf-8")
        before = path.read_bytes()
        assert run("sources", "new", *MALMI).exit_code == 2
        assert path.read_bytes() == before
        path.write_text("broken", "utf-8")
        assert run("sources", "new", *MALMI).exit_code == 2
        assert path.read_bytes() == b"broken"
        assert run("sources", "new", "helka", *MALMI[1:]).exit_code == 2

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("../x", *MALMI[1:]), "no id"),
            (("Malmi", *MALMI[1:]), "no id"),
            (("x", "--platform", "gopher", "--url", "https://example.org", "--title", "X"), "no platform gopher"),
            (("x", "--platform", "rss", "--title", "X"), "needs an address"),
            (("x", "--platform", "rss", "--url", "ftp://example.org", "--title", "X"), "url"),
            (("x", "--platform", "rss", "--url", "https://example.org", "--title", ""), "title"),
        ],
    )
    def test_new_refuses_what_would_be_wrong(self, home: Path, arguments: tuple[str, ...], says: str) -> None:
        ended = run("sources", "new", *arguments)
        assert ended.exit_code == 2
        assert says in ended.stderr
        assert not list(home.rglob("*.*"))

    @pytest.mark.parametrize("platform", ["rss", "mastodon", "linked-events", "file"])
    def test_every_template_is_well_once_edited(self, own: Path, platform: str) -> None:
        (own / "mine.toml").write_text(run_template(platform), "utf-8")
        ended = run("sources", "check", "mine")
        assert (ended.exit_code, ended.stderr) == (0, "")


def run_template(platform: str) -> str:
    """The template of a platform, as if it had been edited."""
    assert run("sources", "new", "template", "--platform", platform, "--url", "https://example.org/", "--title", "T").exit_code == 0
    shown = json.loads(run("sources", "show", "template", "--json").stdout)
    path = Path(shown["file"])
    text = path.read_text("utf-8").replace("EDIT: ", "")
    path.unlink()
    return text


class TestCollect:
    def test_what_only_files_bring_is_not_crawled(self) -> None:
        ended = run("collect", "omastadi")
        assert ended.exit_code == 2
        assert "tinymovements import" in ended.stderr

    def test_an_unknown_source(self) -> None:
        ended = run("collect", "helka", "helkka")
        assert ended.exit_code == 2
        assert "Did you mean" in ended.stderr

    def test_one_that_was_not_edited(self) -> None:
        run("sources", "new", *MALMI)
        ended = run("collect", "malmi-seura")
        assert ended.exit_code == 2
        assert "template" in ended.stderr

    def test_offline_nothing_beyond_this_machine_is_asked(self) -> None:
        ended = run("collect", "helka", "artova")
        assert ended.exit_code == 1
        assert ended.stderr.count("the setting `offline` is on") == 2
