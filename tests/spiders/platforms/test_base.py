import pytest

from spiders.platforms.base import Answer, forbids_indexing


@pytest.mark.parametrize(
    ("header", "forbids"),
    [
        ("", False),
        ("noindex", True),
        ("NoIndex, nofollow", True),
        ("nofollow, none", True),
        ("nofollow", False),
        ("googlebot: noindex", False),
        ("tinymovements: noindex", True),
        ("googlebot: nofollow, noindex", True),
    ],
)
def test_the_header(header: str, forbids: bool) -> None:
    assert forbids_indexing(Answer("https://example.org/", b"{}", {"x-robots-tag": header})) is forbids


@pytest.mark.parametrize(
    ("body", "forbids"),
    [
        (b'<html><head><meta name="robots" content="noindex,follow"></head>', True),
        (b"<html><head><META CONTENT='none' NAME='robots'/></head>", True),
        (b'<html><head><meta name="tinymovements" content="noindex"></head>', True),
        (b'<html><head><meta name="robots" content="index, follow"></head>', False),
        (b'<html><head><meta name="googlebot" content="noindex"></head>', False),
        (b'<rss><channel><x:meta name="robots" content="noindex"/><item/></channel></rss>', True),
        (b'<rss><channel><item><meta name="robots" content="noindex"/></item></channel></rss>', False),
        (b'{"content": "<meta name=robots content=noindex>"}', False),
    ],
)
def test_the_head(body: bytes, forbids: bool) -> None:
    assert forbids_indexing(Answer("https://example.org/", body, {})) is forbids
