"""The gate as a whole: what becomes of a draft, the key, and what may never be seen outside."""

import hashlib
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinymovements.errors import PrivacyError
from tinymovements.model import Counts, Draft
from tinymovements.privacy import Gate, load_key

KEY = bytes(range(32))
GATE = Gate(KEY)


def draft(**changes: object) -> Draft:
    return Draft.model_validate({"native_id": "17", "text": "Kirppis Malmilla lauantaina."} | changes)


def test_a_draft_loses_what_may_not_be_kept_and_nothing_else() -> None:
    moment = datetime(2026, 5, 2, 9, tzinfo=UTC)
    post = GATE.admit(
        draft(
            title="Soita Liisalle",
            text="Tule Malmin torille!\r\nt. Pekka, 040 555 0117",
            author="Pekka Esimerkki",
            group="Malmin kirppis, pekka@example.org",
            place="Malmin tori, kysy Liisalta",
            url="https://example.org/talkoot?id=3&fbclid=abc",
            posted=moment,
            lat=60.25,
            lon=25.01,
            counts=Counts(reactions=3),
        ),
        "malmi",
    )
    assert (post.title, post.text) == ("Soita [name]", "Tule Malmin torille!\nt. [name], [phone]")
    assert (post.group, post.place) == ("Malmin kirppis, [email]", "Malmin tori, kysy [name]")
    assert post.url == "https://example.org/talkoot?id=3"
    assert (post.posted, post.lat, post.lon, post.counts.reactions, post.source) == (moment, 60.25, 25.01, 3, "malmi")
    assert re.fullmatch(r"[a-z2-7]{26}", post.id)
    assert re.fullmatch(r"p-[a-z2-7]{16}", post.author or "")
    assert "Pekka" not in post.model_dump_json()


def test_absent_fields_stay_absent() -> None:
    post = GATE.admit(draft(), "s")
    assert (post.title, post.author, post.group, post.place, post.url) == (None, None, None, None, None)


def test_pseudonyms_tell_authors_apart_within_a_source_and_need_the_key() -> None:
    same = GATE.pseudonym("a", "Anna")
    assert same == GATE.pseudonym("a", "Anna")
    assert len({same, GATE.pseudonym("b", "Anna"), GATE.pseudonym("a", "Anne"), Gate(bytes(32)).pseudonym("a", "Anna")}) == 4
    assert GATE.pseudonym("ab", "c") != GATE.pseudonym("a", "bc")


def test_ids_are_the_same_whatever_the_key_and_the_text() -> None:
    first, second = GATE.admit(draft(), "s"), Gate(bytes(32)).admit(draft(text="muuta"), "s")
    assert first.id == second.id == "".join(first.id.split())
    assert len({first.id, GATE.admit(draft(native_id="18"), "s").id, GATE.admit(draft(), "t").id}) == 3


def test_the_hash_sees_every_change_but_that_of_the_counts() -> None:
    same = GATE.admit(draft(), "s").content_hash
    assert len(same) == hashlib.sha256().digest_size * 2
    assert GATE.admit(draft(counts=Counts(shares=9)), "s").content_hash == same
    assert GATE.admit(draft(posted=datetime(2026, 1, 1, tzinfo=UTC)), "s").content_hash != same
    assert GATE.admit(draft(title="Kirppis"), "s").content_hash != same


@pytest.mark.parametrize(
    "native_id",
    ["https://example.social/@liisa/112233", "liisa@example.org", "https://www.facebook.com/liisa.esimerkki/posts/5", "/u/liisa/7"],
)
def test_a_native_id_that_tells_who_wrote_is_hashed(native_id: str) -> None:
    kept = GATE.admit(draft(native_id=native_id), "s").native_id
    assert re.fullmatch(r"h-[a-z2-7]{26}", kept)
    assert kept == GATE.native_id(native_id)
    assert kept != Gate(bytes(32)).native_id(native_id), "without the key nobody finds it out by trying"


@pytest.mark.parametrize(
    "native_id",
    ["123_456", "helsinki:agf7ab", "https://example.org/?p=12", "0401234567", "https://www.facebook.com/groups/1/permalink/2"],
)
def test_other_native_ids_stay(native_id: str) -> None:
    assert GATE.admit(draft(native_id=native_id), "s").native_id == native_id


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.facebook.com/liisa.esimerkki/posts/123", None),
        ("https://www.facebook.com/profile.php?id=1000", None),
        ("https://m.facebook.com/people/Liisa-E/1000/", None),
        ("https://www.facebook.com/groups/12/user/345", None),
        ("https://example.social/@liisa/112233", None),
        ("https://example.social/users/liisa/statuses/1", None),
        ("https://instagram.com/liisa_e", None),
        ("https://x.com/liisa/status/1", None),
        ("https://www.tiktok.com/@liisa/video/1", None),
        ("https://www.linkedin.com/in/liisa-e", None),
        ("https://example.org/?next=https%3A%2F%2Fx.com%2Fliisa", None),
        ("https://example.org/peru?mail=liisa%40example.org", None),
        ("https://www.facebook.com/groups/12/permalink/345/", "https://www.facebook.com/groups/12/permalink/345/"),
        ("https://www.facebook.com/987/posts/345", "https://www.facebook.com/987/posts/345"),
        ("https://www.facebook.com/events/345", "https://www.facebook.com/events/345"),
        ("https://www.instagram.com/p/Abc1/", "https://www.instagram.com/p/Abc1/"),
        ("https://example.org/a?utm_source=x&id=1&fbclid=y#osa", "https://example.org/a?id=1#osa"),
        ("https://example.org/kartta/@60.2,24.9", "https://example.org/kartta/@60.2,24.9"),
    ],
)
def test_addresses_that_lead_to_a_person_go(url: str, kept: str | None) -> None:
    assert GATE.admit(draft(url=url), "s").url == kept


def test_texts_are_such_as_every_database_takes() -> None:
    assert GATE.scrub("a\x00b\ud83dc\r\nd\re") == "abc\nd\ne"
    assert GATE.scrub("Ka\u0308vely") == "K\u00e4vely"
    assert GATE.scrub("040\u200b 555 0117") == "[phone]"


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    once = GATE.scrub(text)
    assert GATE.scrub(once) == once
    once.encode()


PIECES = ["Soita ", "Liisalle", " 040 555 0117", "@pekka", ", ", "\n", "t. Ritva", "Malmin torilla", "[name]", "(at)", "a@b.fi"]
PIECES += ["x", " FI21 1234 5600 0007 85", " Mrs ", "Patel", " von ", "Jussi", "jag heter ", "Thanks, "]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_scrubbing_twice_changes_nothing_among_names_and_numbers_either(text: str) -> None:
    once = GATE.scrub(text)
    assert GATE.scrub(once) == once


def test_placeholders_survive() -> None:
    text = "Soita [name] [phone], [email] tai [handle]: [profile], [id], [iban]."
    assert GATE.scrub(text) == text


def test_the_key_is_made_once_for_its_owner_alone(home: Path) -> None:
    path = home / "pseudonym.key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in home.iterdir()] == ["pseudonym.key"]


def test_processes_that_start_at_once_share_one_key(home: Path) -> None:
    code = "import sys, pathlib; from tinymovements.privacy.key import load_key; print(load_key(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(home / "pseudonym.key")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [(b"short", 0o600, "5 bytes"), (bytes(32), 0o644, "read by others"), (bytes(33), 0o600, "33 bytes")],
)
def test_a_doubtful_key_is_refused_with_a_hint(home: Path, content: bytes, mode: int, says: str) -> None:
    home.mkdir()
    path = home / "pseudonym.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(PrivacyError, match=says) as caught:
        load_key(path)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_read_is_refused(home: Path) -> None:
    (home / "pseudonym.key").mkdir(parents=True, mode=0o700)
    with pytest.raises(PrivacyError, match="is no file"):
        load_key(home / "pseudonym.key")


def test_errors_show_nothing_unscrubbed() -> None:
    with pytest.raises(ValueError, match="source") as caught:
        GATE.admit(draft(text="Soita Liisalle 040 555 0117", author="Pekka Esimerkki"), "NOT A SOURCE")
    assert not re.search("Liisa|0117|Pekka", f"{caught.value!r} {caught.value}")
