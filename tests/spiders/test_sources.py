from pathlib import Path

import pytest

from spiders.platforms import FILE, load_platform
from spiders.sources import FOLDER, find_source, load_sources, read_source, source_files
from tinymovements.errors import SourceError, UnknownSource

SHIPPED = load_sources(Path("/nonexistent"))

FACTS = """title = "T"\ndescription = "D"\nplatform = "rss"\nurl = "https://example.org/feed"\npublisher = "P"
languages = ["fi"]\nlegal_basis = "L"\n"""


@pytest.mark.parametrize("id", SHIPPED)
def test_what_ships_says_all_that_people_must_know(id: str) -> None:
    source = SHIPPED[id]
    assert len(source.description) > 60
    assert len(source.legal_basis) > 40
    assert "EDIT" not in source.model_dump_json()
    if source.platform == FILE:
        assert source.url is None
    else:
        load_platform(source)
        assert "GDPR Article" in source.legal_basis
        assert "not been tried live" in source.description
        assert source.expected_minimum > 0


def test_the_sources_that_imports_go_to_are_there() -> None:
    assert {"omastadi", "facebook-groups", "crowdtangle-archive", "imported-files"} <= SHIPPED.keys()


def test_no_two_sources_crawl_the_same() -> None:
    crawled = [source.url for source in SHIPPED.values() if source.url]
    assert len(crawled) == len(set(crawled))


def test_ones_own_win(tmp_path: Path) -> None:
    (tmp_path / "helka.toml").write_text(FACTS, "utf-8")
    (tmp_path / "mine.toml").write_text(FACTS, "utf-8")
    assert find_source(tmp_path, "helka").title == "T"
    assert load_sources(tmp_path).keys() == SHIPPED.keys() | {"mine"}
    assert source_files(tmp_path)["artova"] == FOLDER / "artova.toml"


def test_an_unknown_one_is_refused_with_what_is_like_it(tmp_path: Path) -> None:
    with pytest.raises(UnknownSource) as caught:
        find_source(tmp_path, "helsinki-linkedevents")
    assert "helsinki-linked-events" in caught.value.hint


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (FACTS.replace('"rss"', '"gopher"'), "platform: there is no gopher"),
        (FACTS.replace("https://", "ftp://"), "url:"),
        (FACTS.replace('url = "https://example.org/feed"\n', ""), "url: the platform rss needs"),
        (FACTS.replace('["fi"]', '["fi", "xx"]'), "languages.1"),
        (FACTS.replace('["fi"]', "[]"), "languages: must not be empty"),
        (FACTS.replace('legal_basis = "L"\n', ""), "legal_basis"),
        (FACTS.replace('"L"', '""'), "legal_basis: must not be empty"),
        (FACTS + 'colour = "red"\n', "colour"),
        (FACTS + 'id = "b"\n', "id: the id is the name of the file"),
        (FACTS + "expected_minimum = -1\n", "expected_minimum"),
        (FACTS + "title = ", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_told_by_its_name_and_its_field(tmp_path: Path, facts: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(facts, "utf-8")
    with pytest.raises(SourceError) as caught:
        read_source(path)
    assert str(path) in caught.value.message
    assert says in caught.value.message


def test_a_name_that_is_no_id_is_refused(tmp_path: Path) -> None:
    (tmp_path / "My Source.toml").write_text(FACTS, "utf-8")
    with pytest.raises(SourceError, match="id:"):
        load_sources(tmp_path)


@pytest.mark.parametrize(
    ("platform", "options", "says"),
    [
        ("mastodon", "", "options.hashtags"),
        ("mastodon", "hashtags = []", "options.hashtags"),
        ("mastodon", 'hashtags = ["a b"]', "options.hashtags.0"),
        ("linked-events", "page_size = 500", "options.page_size"),
        ("rss", 'hashtags = ["x"]', "options.hashtags"),
    ],
)
def test_an_option_that_the_platform_cannot_use_is_told(tmp_path: Path, platform: str, options: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(FACTS.replace('"rss"', f'"{platform}"') + f"[options]\n{options}\n", "utf-8")
    source = read_source(path)
    with pytest.raises(SourceError, match=says):
        load_platform(source)
