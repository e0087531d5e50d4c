"""The model card shows the figures of reports, between its marks and nowhere else."""

from dataclasses import asdict
from typing import Any

import pytest

from pipelines.evaluation.report import Bin, Figure, Report
from tools.card import BEGIN, CARD, END, filled

PAGE = f"# Card\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"


def report(*registers: str) -> dict[str, Any]:
    figures = {"movements_micro_f1": Figure(0.8235, 0.79, 0.861, 241)}
    return asdict(
        Report(
            pipeline="1-a",
            texts=2,
            writers=1,
            folds=None,
            measures=figures,
            languages={"fi": figures, "sv": {}},
            registers=dict.fromkeys(registers, figures),
            movements={"street-art": {"f1": Figure(0.5, 0.4, 0.6, 2)}, "mutual-aid": {}},
            confusions=(),
            reliability={"movements": (Bin(0.1, 0.2, 3),)},
        )
    )


def test_the_block_is_filled_and_the_rest_stays() -> None:
    page = filled(PAGE, {"posts": report("post")})
    assert page.startswith(f"# Card\n\n{BEGIN}\n")
    assert page.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in page
    assert "| movements micro f1 | 0.824 (0.79–0.86) |" in page
    assert "| measure | fi | sv |\n|---|---|---|\n| movements micro f1 | 0.824 (0.79–0.86) |  |" in page
    assert "| movement | F1 | average precision |\n|---|---|---|\n| street-art | 0.500 (0.40–0.60) |  |" in page
    assert "mutual-aid" not in page
    assert filled(page, {"posts": report("post")}) == page


def test_a_report_of_several_registers_has_a_column_for_each() -> None:
    page = filled(PAGE, {"posts": report("post"), "rows": report("charity", "proposal")})
    assert "| measure | posts | rows: charity | rows: proposal |" in page


@pytest.mark.parametrize("page", ["# Card", BEGIN, f"{END} {BEGIN}"])
def test_a_page_without_marks_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        filled(page, {"posts": report("post")})


def test_the_card_has_the_marks_and_figures_between_them() -> None:
    block = CARD.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    assert block.count("| movements micro f1 |") == 2, "Run `python -m tools.card`."
    assert all(f"| {language} " in block for language in ("fi", "sv", "en"))
