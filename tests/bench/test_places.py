"""The measure of places: which proposals count, and what their shares are."""

from pathlib import Path

from bench.places import Named, agreement, pinned, pins
from tinymovements.model import Language


def test_proposals_with_the_pin_of_the_form_or_none_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "proposals.csv"
    path.write_text("title,texts,latitude,longitude\na,x,60.2,24.9\nb,x,60.17116,24.93266\nc,x,60.16868,24.94095\nd,x,,\n", "utf-8")
    assert list(pinned(path)) == [("a", "x", 60.2, 24.9)]


def test_shares_are_of_the_first_place_and_of_any() -> None:
    found: dict[str, list[Named]] = {
        "near": [("A", 60.21, 24.9)],
        "far": [("B", 61.0, 24.9)],
        "second": [("B", 61.0, 24.9), ("A", 60.2, 24.9)],
        "nowhere": [("C", None, None)],
    }

    def finder(title: str, text: str, language: Language) -> list[Named]:
        return found[title]

    placed, first, nearest = pins([(title, "", 60.2, 24.9) for title in found], finder)
    assert (placed, round(first), round(nearest)) == (75, 33, 67)


def test_f1_counts_each_name_of_a_post_once() -> None:
    rows = [{"title": None, "text": "", "language": "fi", "gold": {"places": ["A", "B"]}}]
    f1, note = agreement(rows, lambda title, text, language: [("A", None, None), ("A", None, None), ("C", None, None)])
    assert f1 == 0.5
    assert note == "precision 0.50, recall 0.50, 2 places"
