"""The picture is one page that loads nothing, and says what the report says."""

import re
from dataclasses import replace
from xml.etree import ElementTree

from pipelines.evaluation.picture import picture
from pipelines.evaluation.report import report
from pipelines.evaluation.table import Table

SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)


def test_it_is_whole_in_itself(drawn: Table) -> None:
    page = picture(report(drawn))
    assert not re.search(r"(?:src|href|url)\s*[=(]|@import|https?:", page)
    assert page.count("<svg ") == 2


def test_both_charts_are_well_formed_and_have_a_mark_for_each_figure(drawn: Table) -> None:
    told = report(drawn)
    reliability, movements = (ElementTree.fromstring(chart) for chart in SVG.findall(picture(told)))
    titles = [title.text or "" for title in reliability.iter("title")]
    assert len(titles) == sum(len(bins) for bins in told.reliability.values())
    first = told.reliability["movements"][0]
    assert f"movements: said {first.predicted:.2f}, true {first.true:.2f}, {first.cases:,} cases" in titles
    names = [text.text for text in movements.iter("text") if text.text in told.movements]
    assert names == sorted(told.movements, key=lambda id: -told.movements[id]["f1"].value)


def test_marks_stand_where_the_figures_are(drawn: Table) -> None:
    """The better a movement, the further right its mark; a bound is never on the wrong side of the value."""
    _, movements = (ElementTree.fromstring(chart) for chart in SVG.findall(picture(report(drawn))))
    places = []
    for group in movements.iter("g"):
        line, mark = (path.get("d", "") for path in group.iter("path"))
        low, high = map(float, re.findall(r"M([\d.]+) [\d.]+ H([\d.]+)", line)[0])
        value = float(mark[1:].split()[0])
        assert low <= value <= high
        places.append(value)
    assert places == sorted(places, reverse=True)


def test_what_has_no_figure_leaves_an_empty_chart_and_names_are_escaped(drawn: Table) -> None:
    told = report(drawn)
    empty = replace(told, reliability=dict.fromkeys(told.reliability, ()), movements={"<b>": told.movements["street-art"]})
    page = picture(empty)
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    for chart in SVG.findall(page):
        ElementTree.fromstring(chart)
