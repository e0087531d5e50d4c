import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.platforms.text import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, ""),
        ("", ""),
        ("Rivi yksi\nrivi kaksi", "Rivi yksi\nrivi kaksi"),
        ("Kahvi &amp; pulla, 5 &lt; 6", "Kahvi & pulla, 5 < 6"),
        ("ihan <3 ihanaa", "ihan <3 ihanaa"),
        ("<p>Yksi</p><p>Kaksi</p>", "Yksi\n\nKaksi"),
        ("<p>Yksi<br>kaksi<br/>kolme</p>", "Yksi\nkaksi\nkolme"),
        ("<div><div><p>Yksi</p></div></div><div>Kaksi</div>", "Yksi\n\nKaksi"),
        ("<ul><li>harava</li><li>säkki</li></ul>", "harava\n\nsäkki"),
        ("<b>Huom</b>enna  \n klo <i>10</i>", "Huomenna klo 10"),
        ("<table><tr><td>La</td><td>10-12</td></tr></table>", "La 10-12"),
        ("<style>p {color: red}</style><script>alert('x')</script><p>Näkyvä</p>", "Näkyvä"),
        ("<p>Jäi auki <a href='x'>linkki", "Jäi auki linkki"),
        ("<p>Oho <unknown>tagi</unknown></p>", "Oho tagi"),
        ("<!-- ei --><p>joo</p>", "joo"),
    ],
)
def test_html_to_text(html: str | None, text: str) -> None:
    assert plain(html) == text


@given(st.text(alphabet="<>/&;pbrli \nax", max_size=60))
def test_no_text_is_too_strange(html: str) -> None:
    assert "\n\n\n" not in plain(html)
