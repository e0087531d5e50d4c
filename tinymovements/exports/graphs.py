"""GraphML and GEXF: what is tied and the ties, for Gephi, networkx and their like.

Written here, for networkx holds a whole graph in memory (some 1 KB a tie) and puts the day of writing into GEXF, while the same
ties shall be the same bytes. Tests read the files by networkx.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from tinymovements.exports.files import CONTROLS, TextFile
from tinymovements.exports.unit import Column, Type, Value, iso

Ends = tuple[str, str]
"""The ids of what a tie begins and ends at."""

WEIGHT = "weight"
"""The column of ties that says how strong one is; every program knows it by this name."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

_TYPES: dict[Type, str] = {
    "text": "string",
    "integer": "long",
    "number": "double",
    "flag": "int",
    "moment": "string",
    "list": "string",
}
"""GraphML's names of types. GEXF has no `int`: its `integer` is what GraphML calls so."""


class _Graph:
    """What both formats share. A graph is directed, and a tie without direction goes both ways: few programs read a mixed one."""

    title: ClassVar[str]

    def __init__(self, path: Path, nodes: Sequence[Column[Any]], ties: Sequence[Column[Any]]) -> None:
        self._file = TextFile(path)
        self._nodes, self._ties = nodes, ties
        self._written = 0
        self._file.text.writelines(self._opening())

    def write_nodes(self, rows: Iterable[tuple[str, str, Any]]) -> None:
        """Add nodes: of each the id, the label, and what its columns are about, if anything. All of them come before the ties."""
        self._file.text.writelines(self._node(id, label, row) for id, label, row in rows)

    def write_ties(self, rows: Iterable[Any], ends: Callable[[Any], Sequence[Ends]]) -> None:
        """Add ties; `ends` has one entry for each direction that a tie goes in."""
        self._file.text.write(self._between())
        for row in rows:
            for source, target in ends(row):
                self._file.text.write(self._tie(f"e{self._written}", source, target, row))
                self._written += 1

    def finish(self) -> None:
        """Complete the file."""
        self._file.text.write(self._closing())
        self.close()

    def close(self) -> None:
        """Let go of the file, complete or not."""
        self._file.close()

    def _opening(self) -> Iterator[str]:
        raise NotImplementedError

    def _node(self, id: str, label: str, row: Any) -> str:
        raise NotImplementedError

    def _between(self) -> str:
        raise NotImplementedError

    def _tie(self, id: str, source: str, target: str, row: Any) -> str:
        raise NotImplementedError

    def _closing(self) -> str:
        raise NotImplementedError


class GraphMl(_Graph):
    """GraphML."""

    title: ClassVar[str] = "GraphML"

    def _opening(self) -> Iterator[str]:
        yield f'{_HEAD}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        yield '<key id="label" for="node" attr.name="label" attr.type="string"/>\n'
        for kind, columns in (("node", self._nodes), ("edge", self._ties)):
            for at, column in enumerate(columns):
                told = f'attr.name={quoteattr(column.name)} attr.type="{_TYPES[column.type]}"'
                yield f'<key id="{kind[0]}{at}" for="{kind}" {told}/>\n'
        yield '<graph id="initiatives" edgedefault="directed">\n'

    def _node(self, id: str, label: str, row: Any) -> str:
        data = f'<data key="label">{_escaped(label)}</data>{self._data("n", self._nodes, row)}'
        return f"<node id={_quoted(id)}>{data}</node>\n"

    def _between(self) -> str:
        return ""

    def _tie(self, id: str, source: str, target: str, row: Any) -> str:
        data = self._data("e", self._ties, row)
        return f'<edge id="{id}" source={_quoted(source)} target={_quoted(target)}>{data}</edge>\n'

    @staticmethod
    def _data(prefix: str, columns: Sequence[Column[Any]], row: Any) -> str:
        return "".join(f'<data key="{prefix}{at}">{_escaped(said)}</data>' for at, said in _said(columns, row))

    def _closing(self) -> str:
        return "</graph>\n</graphml>\n"


class Gexf(_Graph):
    """GEXF 1.2, which Gephi and networkx both read. A weight is no attribute there, but a part of the edge."""

    title: ClassVar[str] = "GEXF"

    def __init__(self, path: Path, nodes: Sequence[Column[Any]], ties: Sequence[Column[Any]]) -> None:
        (self._weight,) = (column for column in ties if column.name == WEIGHT)
        super().__init__(path, nodes, [column for column in ties if column.name != WEIGHT])

    def _opening(self) -> Iterator[str]:
        yield f'{_HEAD}<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
        yield '<graph mode="static" defaultedgetype="directed">\n'
        for kind, columns in (("node", self._nodes), ("edge", self._ties)):
            yield f'<attributes class="{kind}">\n'
            for at, column in enumerate(columns):
                named = "integer" if column.type == "flag" else _TYPES[column.type]
                yield f'<attribute id="{at}" title={quoteattr(column.name)} type="{named}"/>\n'
            yield "</attributes>\n"
        yield "<nodes>\n"

    def _node(self, id: str, label: str, row: Any) -> str:
        return f"<node id={_quoted(id)} label={_quoted(label)}>{self._data(self._nodes, row)}</node>\n"

    def _between(self) -> str:
        return "</nodes>\n<edges>\n"

    def _tie(self, id: str, source: str, target: str, row: Any) -> str:
        ends = f"source={_quoted(source)} target={_quoted(target)}"
        return f'<edge id="{id}" {ends} {WEIGHT}="{self._weight.of(row)}">{self._data(self._ties, row)}</edge>\n'

    @staticmethod
    def _data(columns: Sequence[Column[Any]], row: Any) -> str:
        values = "".join(f'<attvalue for="{at}" value={_quoted(said)}/>' for at, said in _said(columns, row))
        return f"<attvalues>{values}</attvalues>"

    def _closing(self) -> str:
        return "</edges>\n</graph>\n</gexf>\n"


def _said(columns: Sequence[Column[Any]], row: Any) -> Iterator[tuple[int, str]]:
    """The columns that have a value, by their number, and the value as text."""
    if row is not None:
        for at, column in enumerate(columns):
            value: Value = column.of(row)
            if value is not None and value != ():
                yield at, _text(value, column.separator)


def _text(value: Value, separator: str) -> str:
    if isinstance(value, tuple):
        return separator.join(value)
    return iso(value) if isinstance(value, datetime) else str(value)


def _escaped(text: str) -> str:
    return escape(text.translate(CONTROLS))


def _quoted(text: str) -> str:
    return quoteattr(text.translate(CONTROLS))
