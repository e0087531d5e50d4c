"""Draws a report as one page of HTML: what probabilities are worth, and F1 of each movement with its interval.

SVG by hand: two plain charts need no library of 60 MB, and a page opens everywhere, in print and in the dark, and reads aloud.
"""

from collections.abc import Iterator, Sequence
from html import escape

from pipelines.evaluation.report import Bin, Figures, Report

_SIDE, _MARGIN = 360, 48
_ROW, _NAMES, _WIDTH = 22, 220, 400
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

_MARKS = {
    "movements": ("#0072b2", "M{x} {y} m-5 0 a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0"),
    "initiative": ("#d55e00", "M{x} {y} m-5 -5 h10 v10 h-10 z"),
    "self_organised": ("#009e73", "M{x} {y} m0 -6 l6 11 h-12 z"),
}
"""Colours that the colour-blind tell apart (Okabe and Ito 2008), and shapes for those who see none: disc, square, triangle."""

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem; }
svg { display: block; max-width: 100%; height: auto; }
text { font: 12px system-ui, sans-serif; fill: currentColor; }
.grid { stroke: currentColor; stroke-opacity: .2; }
.even { stroke: currentColor; stroke-dasharray: 4 4; stroke-opacity: .6; }
table { border-collapse: collapse; }
td, th { padding: .1rem .8rem .1rem 0; text-align: left; }
td:nth-child(n+2) { font-variant-numeric: tabular-nums; }
"""


def picture(report: Report) -> str:
    """The page, whole in itself: it loads nothing."""
    held = f", {report.folds} folds" if report.folds else ""
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>What the classifier is worth</title><style>{_STYLE}</style></head><body>",
            f"<h1>What the classifier is worth</h1><p>{report.texts:,} texts{held}; pipeline {escape(report.pipeline)}. ",
            "Bounds hold the middle 95 % of 1,000 resamples.</p>",
            *_measures(report.measures),
            "<h2>What a probability is worth</h2>",
            "<p>On the dashed line, of 100 texts said to be something with 70 % in truth 70 are; below it, fewer.</p>",
            *_reliability(report.reliability),
            "<h2>F1 of each movement</h2>",
            *_movements({id: figures for id, figures in report.movements.items() if "f1" in figures}),
            "</body></html>",
            "",
        )
    )


def _measures(figures: Figures) -> Iterator[str]:
    yield "<table><tr><th>measure</th><th>value</th><th>bounds</th><th>cases</th></tr>"
    for name, figure in figures.items():
        bounds = f"{figure.low:.3f} – {figure.high:.3f}"
        yield f"<tr><td>{_words(name)}</td><td>{figure.value:.3f}</td><td>{bounds}</td><td>{figure.cases:,}</td></tr>"
    yield "</table>"


def _reliability(curves: dict[str, tuple[Bin, ...]]) -> Iterator[str]:
    size, end = _SIDE + 2 * _MARGIN, _SIDE + _MARGIN

    def at(predicted: float, true: float) -> tuple[float, float]:
        return _MARGIN + predicted * _SIDE, end - true * _SIDE

    yield f'<svg viewBox="0 0 {size + 140} {size}" width="{size + 140}" role="img" aria-label="Reliability diagram">'
    for tick in _TICKS:
        x, y = at(tick, tick)
        yield f'<path class="grid" d="M{x} {_MARGIN} V{end} M{_MARGIN} {y} H{end}"/>'
        yield f'<text x="{x}" y="{end + 18}" text-anchor="middle">{tick:g}</text>'
        yield f'<text x="{_MARGIN - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>'
    yield f'<path class="even" d="M{_MARGIN} {end} L{end} {_MARGIN}"/>'
    yield f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">probability</text>'
    yield f'<text x="{_MARGIN}" y="{_MARGIN - 14}">share that is true</text>'
    for row, (name, bins) in enumerate(curves.items()):
        colour, mark = _MARKS[name]
        points = [at(one.predicted, one.true) for one in bins]
        line = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<g fill="{colour}" stroke="{colour}"><path d="M{line}" fill="none"/>' if points else "<g>"
        for (x, y), one in zip(points, bins, strict=True):
            title = f"{_words(name)}: said {one.predicted:.2f}, true {one.true:.2f}, {one.cases:,} cases"
            yield f'<path d="{mark.format(x=f"{x:.1f}", y=f"{y:.1f}")}"><title>{title}</title></path>'
        yield "</g>"
        yield f'<path fill="{colour}" d="{mark.format(x=end + 24, y=_MARGIN + 10 + _ROW * row)}"/>'
        yield f'<text x="{end + 36}" y="{_MARGIN + 14 + _ROW * row}">{_words(name)}</text>'
    yield "</svg>"


def _movements(figures: dict[str, Figures]) -> Iterator[str]:
    best_first: Sequence[str] = sorted(figures, key=lambda id: -figures[id]["f1"].value)
    height, end = _ROW * (len(best_first) + 2), _NAMES + _WIDTH
    yield f'<svg viewBox="0 0 {end + 60} {height}" width="{end + 60}" role="img" aria-label="F1 of each movement">'
    for tick in _TICKS:
        x = _NAMES + tick * _WIDTH
        yield f'<path class="grid" d="M{x} {_ROW} V{height - _ROW}"/>'
        yield f'<text x="{x}" y="{_ROW - 8}" text-anchor="middle">{tick:g}</text>'
    colour, mark = _MARKS["movements"]
    for row, id in enumerate(best_first, 1):
        figure, y = figures[id]["f1"], _ROW * (row + 0.5)
        low, x, high = (round(_NAMES + value * _WIDTH, 1) for value in (figure.low, figure.value, figure.high))
        name = escape(id)
        title = f"{name}: {figure.value:.2f}, {figure.low:.2f} to {figure.high:.2f}, {figure.cases:,} texts"
        yield f'<text x="{_NAMES - 10}" y="{y + 4}" text-anchor="end">{name}</text>'
        yield f'<g fill="{colour}" stroke="{colour}"><title>{title}</title><path stroke-width="2" d="M{low} {y} H{high}"/>'
        yield f'<path d="{mark.format(x=x, y=y)}"/></g><text x="{end + 14}" y="{y + 4}">{figure.value:.2f}</text>'
    yield "</svg>"


def _words(name: str) -> str:
    return escape(name.replace("_", " "))
