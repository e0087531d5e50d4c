from datetime import UTC, datetime
from typing import Any

import pytest

from spiders.files import Rejected
from spiders.files.reading import LONGEST_RECORD
from tinymovements.errors import FormatError
from tinymovements.model import LONGEST_TEXT, Counts, Draft


def texts(rows: list[Any]) -> list[str]:
    return [row.text for row in rows if isinstance(row, Draft)]


def rejected(rows: list[Any]) -> list[tuple[int | None, str]]:
    return [(row.line, row.reason) for row in rows if isinstance(row, Rejected)]


def test_all_fields(read: Any) -> None:
    content = (
        "id,kind,title,text,author,group,url,posted,language,place,lat,lon,starts,ends,reactions,comments,shares\n"
        "7,event,Siivoustalkoot,Tule mukaan,Testi Testaaja,Kallio-ryhmä,https://example.org/7,1.3.2026 klo 18.05,fi-FI,Kallio,"
        '"60,18",24.95,2026-04-01 10:00,2026-04-01 12:00,"1,234",5,N/A\n'
    )
    assert read("csv", content) == [
        Draft(
            native_id="7",
            kind="event",
            title="Siivoustalkoot",
            text="Tule mukaan",
            author="Testi Testaaja",
            group="Kallio-ryhmä",
            url="https://example.org/7",
            posted=datetime(2026, 3, 1, 16, 5, tzinfo=UTC),
            language="fi",
            place="Kallio",
            lat=60.18,
            lon=24.95,
            starts=datetime(2026, 4, 1, 7, tzinfo=UTC),
            ends=datetime(2026, 4, 1, 9, tzinfo=UTC),
            counts=Counts(reactions=1234, comments=5),
        )
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(read: Any, delimiter: str) -> None:
    assert texts(read("csv", f"id{delimiter}text\n1{delimiter}Hei\n")) == ["Hei"]


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_the_delimiter_may_be_said_before_the_header(read: Any, line: str) -> None:
    rows = read("csv", f"{line}id;text;a,b,c,d\n1;Hei, kaikki;x\n2;Moi\n")
    assert texts(rows) == ["Hei, kaikki"]
    assert rejected(rows) == [(4, "2 cells where the header has 3")]


@pytest.mark.parametrize("content", ["sep=;", "sep=;\n"])
def test_a_delimiter_and_no_header(read: Any, content: str) -> None:
    with pytest.raises(FormatError, match="does not begin with the names"):
        read("csv", content)


def test_a_header_that_holds_another_delimiter(read: Any) -> None:
    assert texts(read("csv", 'id;text;"a,b"\n1;"Hei; kaikki, moi";x\n')) == ["Hei; kaikki, moi"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(read: Any, encoding: str) -> None:
    told: list[str] = []
    rows = read("csv", "id,text\n1,Töölön pihakirppis – på gården\n".encode(encoding), tell=told.append)
    assert texts(rows) == ["Töölön pihakirppis – på gården"]
    assert any("Windows-1252" in line for line in told) == (encoding == "cp1252")


def test_utf16_without_its_mark_in_the_other_order(read: Any) -> None:
    assert texts(read("csv", b"\xfe\xff" + "text\nTöölö\n".encode("utf-16-be"))) == ["Töölö"]


def test_the_encoding_is_seen_in_the_last_row_too(read: Any) -> None:
    rows = read("csv", b"text\n" + b"plain\n" * 20_000 + "Töölö\n".encode("cp1252"))
    assert texts(rows)[-1] == "Töölö"


def test_a_few_wrong_bytes_cost_their_rows_only(read: Any) -> None:
    rows = read("csv", "text\nTöölö\nPäivää\n".encode() + b"K\xe4pyl\xe4\n" + "Hyvää yötä\n".encode())
    assert texts(rows) == ["Töölö", "Päivää", "Hyvää yötä"]
    assert rejected(rows) == [(4, "bytes that are not in the file's encoding")]


def test_newlines_and_quotes_in_cells_and_the_line_of_what_follows(read: Any) -> None:
    content = 'id,text\r\n1,"first\r\nsecond ""quoted""\r\n"\r\n\r\n2\r\n3,"x\ny"\r\n4,a,b\r\n'
    rows = read("csv", content)
    assert texts(rows) == ['first\r\nsecond "quoted"', "x\ny"]
    assert rejected(rows) == [(6, "1 cells where the header has 2"), (9, "3 cells where the header has 2")]


def test_line_ends_of_old_macs(read: Any) -> None:
    assert texts(read("csv", "id,text\r1,a\r2,b\r")) == ["a", "b"]


def test_nul_bytes_are_left_out(read: Any) -> None:
    assert texts(read("csv", "id,text\n1,a\0b\n2,c\n")) == ["ab", "c"]


@pytest.mark.parametrize(
    "stray",
    ['2,"never closed\n', '2,"closed" and more\n', '2,"a\nb" c\n'],
)
def test_a_stray_quote_costs_its_row_and_not_the_rest(read: Any, stray: str) -> None:
    rows = read("csv", f'id,text\n1,a\n{stray}3,"c"\n4,d\n')
    assert texts(rows) == ["a", "c", "d"]
    assert rejected(rows)[0][0] == 3
    assert "quote" in rejected(rows)[0][1]


def test_a_stray_quote_at_the_end(read: Any) -> None:
    rows = read("csv", 'id,text\n1,a\n2,"b\n3,c\n')
    assert texts(rows) == ["a", "c"]
    assert rejected(rows) == [(3, "a quote is opened and not closed")]


def test_a_stray_quote_before_more_than_a_row_may_hold(read: Any) -> None:
    filler = "".join(f"{n},{'x' * 1000}\n" for n in range(10, 10 + LONGEST_RECORD // 1000 + 50))
    rows = read("csv", f'id,text\n1,a\n2,"b\n{filler}')
    assert len(texts(rows)) == 1 + filler.count("\n")
    assert [line for line, _ in rejected(rows)] == [3]


def test_stray_quotes_everywhere_are_not_each_read_to_the_end(read: Any) -> None:
    # Each line closes the quote of the one before and opens another, so every one of them begins a row without an end.
    line = 'x",y,"' + "z" * 5_000 + "\n"
    rows = read("csv", "a,text,c\n" + line * 3_000)
    assert all(isinstance(row, Rejected) for row in rows)
    assert len(rows) < 200


def test_very_long_cells(read: Any) -> None:
    fits, long, beyond = "a" * LONGEST_TEXT, "b" * (LONGEST_TEXT + 1), "c" * (LONGEST_RECORD + 10)
    rows = read("csv", f'id,text\n1,{fits}\n2,"{long}"\n3,{beyond}\n4,"{beyond}"\n5,last\n')
    assert texts(rows) == [fits, "last"]
    assert rejected(rows) == [
        (3, "a text of more than 1,000,000 characters"),
        (4, "longer than 4,194,304 characters"),
        (5, "longer than 4,194,304 characters"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,,,,,", "no text"),
        (",Hei,,,,", "no id"),
        ("1,Hei,0000-00-00,,,", "posted is no date that can be read: write 2026-03-01 or 1.3.2026 klo 18.05"),
        ("1,Hei,,many,,", "likes is no whole number"),
        ("1,Hei,,,95,", "lat is no number between -90 and 90"),
        ("1,Hei,,,,photo", "kind is none of message, event, proposal, page"),
        (f"{'9' * 501},Hei,,,,", "native_id cannot be used"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line_and_reason(read: Any, row: str, reason: str) -> None:
    rows = read("csv", f"id,text,posted,likes,lat,kind\n1,ok,,,,\n{row}\n2,ok,,,,\n")
    assert texts(rows) == ["ok", "ok"]
    assert rejected(rows) == [(3, reason)]


@pytest.mark.parametrize("date", ["31/12/2026 10:00", "4 March 2026", "1.3.26"])
def test_a_date_that_cannot_be_read_is_told_by_its_column_and_with_what_can(read: Any, date: str) -> None:
    reason = "Luotu is no date that can be read: write 2026-03-01 or 1.3.2026 klo 18.05"
    assert [row.reason for row in read("csv", f"Luotu;Teksti\n{date};Hei\n")] == [reason]
    assert [row.reason for row in read("jsonl", f'{{"Luotu": "{date}", "Teksti": "Hei"}}\n')] == [reason]


def test_a_title_alone_is_a_post(read: Any) -> None:
    (row,) = read("csv", "title,text\nVanha leikkipuisto kuntoon,\n")
    assert (row.title, row.text) == ("Vanha leikkipuisto kuntoon", "")


def test_without_an_id_the_content_is_the_id_and_the_counts_are_not(read: Any) -> None:
    first, second, third = read("csv", "text,likes,row\nHei,1,a\nHei,2,b\nMoi,1,c\n")
    assert first.native_id == second.native_id != third.native_id


def test_options_fill_what_rows_do_not_say(read: Any) -> None:
    first, second, third = read("csv", "text,lang,kind\na,,\nb,sv,event\nc,de,\n", language="fi", kind="proposal")
    assert (first.language, first.kind) == ("fi", "proposal")
    assert (second.language, second.kind) == ("sv", "event")
    assert third.language is None


def test_what_was_taken_is_told(read: Any) -> None:
    told: list[str] = []
    read("csv", "id,round,body\n1,2,Hei\n", mapping=("id={id}-{round}", "kind==proposal"), tell=told.append)
    assert told == ['posts.txt: id from {id}-{round}, kind from "proposal", text from body.']


def test_a_header_alone_has_no_rows(read: Any) -> None:
    assert read("csv", "id,text\n") == []


def test_a_file_without_a_header_is_refused(read: Any) -> None:
    with pytest.raises(FormatError):
        read("csv", "\n\n")


@pytest.mark.parametrize("content", [b"\0" * 5000, b",,\n1,2,3\n", b"id,te\x07xt\n1,Hei\n"])
def test_what_is_no_text_is_refused(read: Any, content: bytes) -> None:
    with pytest.raises(FormatError, match="is no text with the names of its columns"):
        read("csv", content)
