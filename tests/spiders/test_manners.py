import time
from email.utils import formatdate

import pytest
from scrapy.http import Response

from spiders.manners import asked_to_wait


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, None), ("120", 120.0), (" 5 ", 5.0), ("soon", None), ("Mon, 04 May 2020 10:00:00 GMT", 0.0)]
)
def test_how_long_a_site_asks_to_wait(header: str | None, seconds: float | None) -> None:
    headers = {"Retry-After": header} if header else {}
    assert asked_to_wait(Response("https://example.org/", headers=headers)) == seconds


def test_until_a_moment() -> None:
    response = Response("https://example.org/", headers={"Retry-After": formatdate(time.time() + 60, usegmt=True)})
    assert asked_to_wait(response) == pytest.approx(60, abs=3)
