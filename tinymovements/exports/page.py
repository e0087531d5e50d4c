"""The page of the documentation on the format of datasets, made from the columns themselves."""

from collections.abc import Iterable
from string import Template
from typing import Any

from tinymovements.exports.columns import make_columns
from tinymovements.exports.corrections import FIELDS, Field
from tinymovements.exports.excel import LONGEST, Excel
from tinymovements.exports.initiatives import initiatives_unit
from tinymovements.exports.parquet import ARROW, KEY
from tinymovements.exports.spread import spread_unit
from tinymovements.exports.ties import DIRECTED, KINDS, MOST_POSTS, MOST_TOGETHER, NODE_NAMES, ties_unit
from tinymovements.exports.unit import TYPES, Column
from tinymovements.exports.wants import wants_unit
from tinymovements.privacy.sensitive import MASK
from tinymovements.taxonomy import shipped_taxonomy


def data_format_page() -> str:
    """The text of `docs/data-format.md`."""
    movements = shipped_taxonomy().movements
    return _PAGE.substitute(
        types="\n".join(f"| {name} | {words} | `{ARROW[name]}` |" for name, words in TYPES.items()),
        columns=_lines(make_columns(movements, with_scores=False)),
        initiatives=_lines(initiatives_unit(movements).columns),
        wants=_lines(wants_unit().columns),
        ties=_lines(ties_unit().columns),
        kinds="\n".join(
            f"| `{kind}` | {'to the target' if kind in DIRECTED else 'none'} | {what} |" for kind, what in KINDS.items()
        ),
        most_posts=MOST_POSTS,
        most_together=MOST_TOGETHER,
        nodes=", ".join(f"`{name}`" for name in NODE_NAMES),
        spread=_lines(spread_unit().columns),
        corrections=_lines(FIELDS),
        longest=f"{LONGEST:,}",
        largest=f"{Excel.largest:,}",
        key=KEY.decode(),
        mask=MASK,
        sensitive=" and ".join(f"`{id}`" for id in sorted(shipped_taxonomy().sensitive)),
    )


def _lines(columns: Iterable[Column[Any] | Field]) -> str:
    return "\n".join(map(_line, columns))


def _line(column: Column[Any] | Field) -> str:
    allowed = column.values.replace("|", "\\|")
    return f"| `{column.name}` | {column.type} | {column.meaning} | {allowed} |"


_PAGE = Template(
    r"""# The format of datasets

*Made by `make docs` from the program itself; a test keeps it true.*

`tinymovements export FILE` writes one row for each initiative once there are any (see [initiatives](initiatives.md)), and one for
each post before; `--unit` says it otherwise:

| `--unit` | a row is | in order of |
|---|---|---|
| `posts` | a post | `id` |
| `initiatives` | people doing one thing somewhere | `id` |
| `wants` | a need, an offer or an ask of an initiative | `initiative`, then the latest first |
| `ties` | what ties two initiatives to each other | `source`, `target`, `kind` |

The same words and filters as in `search` choose which: of posts, or of initiatives. `tinymovements spread … --out FILE` writes the
places that an idea reached (see [spread](spread.md)). Scripts that read posts shall say `--unit posts`.

The ending of the file's name tells the format:

| ending | format | for |
|---|---|---|
| `.csv`, `.csv.gz` | CSV: UTF-8 without a byte order mark, commas, RFC 4180 | R, pandas, anything |
| `.jsonl`, `.jsonl.gz` | JSON Lines: one object a line, nothing left out | programs |
| `.parquet` | Parquet with typed columns, compressed with Zstandard | pandas, R, DuckDB, Spark |
| `.xlsx` | Excel: one sheet with a header that stays and a filter | people |
| `.geojson` | GeoJSON: a point a row (all but ties) | QGIS, geopandas, maps on the web |
| `.graphml`, `.gexf` | graphs of ties | Gephi, networkx, igraph |

## What we promise

- A column is never renamed, removed or given another meaning without a new major version of the program and a word in the
  changelog. New columns may come: read columns by name, not by position.
- The same archive gives the same bytes of the data file.
- A file appears under its name when it is complete, or not at all. One that is there is only replaced with `--force`.

## Beside each file

| file | holds |
|---|---|
| `FILE.dictionary.csv` | the data dictionary: each column with its type, meaning and values |
| `FILE.provenance.json` | where it comes from and how to cite it (as JSON) |

The provenance tells the versions of the program, the models and the taxonomy, the query, when it was written, the number of
rows, the file's SHA-256, the caveats, and of each source its publisher, licence, legal basis, number of posts and first and
last day.

## Types

| type | means | in Parquet |
|---|---|---|
$types

What is not known is an empty cell (null in Parquet and JSON): it is never 0 and never "none". A post that is not annotated yet
has nothing in the columns that the annotation fills; `tinymovements annotate` fills them.

## Posts

| column | type | meaning | values |
|---|---|---|---|
$columns

With `--scores`, columns `score_…` follow those of the movements, in the same order: how probable each one is, accepted or not.

## Initiatives

Whatever is said of an initiative in words stands in one of its posts.

| column | type | meaning | values |
|---|---|---|---|
$initiatives

## Wants

| column | type | meaning | values |
|---|---|---|---|
$wants

## Ties

| column | type | meaning | values |
|---|---|---|---|
$ties

| kind | direction | what it says |
|---|---|---|
$kinds

A tie is what posts show, and no proof that people know each other, nor that the one came of the other. Two may be tied several
times, once in each kind. A post that is first of all about one and names the other makes both a shared post and a mention. Of posts
as evidence the first $most_posts are told. A group or an author that more than $most_together initiatives share ties nobody, for in
the forum of a city all would be tied to all; the command says how many these were. Pseudonyms do not leave, and initiatives whose
places are shown coarsely (see below) are tied by no author.

In a graph the nodes are initiatives, tied or not, and have a `label` (the name) and the columns
$nodes.
The edges have `kind`, `weight`, `first`, `last` and `posts`. A graph is directed: a tie without a direction is two edges, one each
way. What has become part of another initiative is a node without a name.

## Spread

| column | type | meaning | values |
|---|---|---|---|
$spread

## Where formats differ

- **CSV.** A list is one cell: ids of movements are joined by `;`, places by `; `, clauses and kinds by ` | `. Line breaks stay
  in their cell. A text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, one of their full-width
  forms, a tab or a line break) has an apostrophe before it. To have the exact text, take one apostrophe off each text that
  matches `^'+[=+\-@\t\r\n＝＋－＠]`. Numbers are never changed.
- **Excel.** Lists as in CSV. Texts are stored as texts: nothing runs and nothing has an apostrophe before it. Every line
  break is the one that Excel has, and control characters are left out. Moments are dates, in UTC. A cell holds $longest
  characters: longer texts are cut and end with `[…]`, and the command says how many there were. A sheet holds $largest rows.
- **Parquet.** Lists are lists of texts. The metadata have the provenance, as JSON, under the key `$key`.
- **GeoJSON.** Lists as in CSV. The point of a post is that which its source gives, else that of the first of its places; of an
  initiative and of what it wants, that of the first of its places; of a spread, the middle of the place. A row without a point has
  no geometry.
- **GraphML and GEXF.** Lists as in CSV. Control characters are left out. In GEXF `weight` is that of the edge itself.
- **JSON Lines.** Of posts, each line is an object with `post` and `annotation` (the whole of both, or null: spans, probabilities of
  all movements, native ids), `near_duplicate_of`, `first_seen`, `licence`, `text_withheld` and `corrections` (all that people said
  of the post, oldest first, in the fields below), `initiatives` and `stage`. `scores` of the annotation stay the program's own. Of
  initiatives, it has `initiative` (the whole of it: names, quotes with the posts that they are from, stages, wants, places, posts)
  and `text_withheld`. Of the rest, it has the columns.

## Corrections

`tinymovements corrections FILE` writes all that people ever said of posts (see [corrections](corrections.md)): one row each, in
the order in which it was said to this archive, as `.csv`, `.csv.gz`, `.jsonl` or `.jsonl.gz`, with a data dictionary beside it.
`tinymovements label --file FILE` reads it.

| field | type | meaning | values |
|---|---|---|---|
$corrections

## What is left out, and why

- **Authors** are pseudonyms, and names, phones and addresses in texts are placeholders: the archive has nothing else.
- **Texts that may not be passed on.** Where a source does not allow it, title, text and clauses are empty and `text_withheld`
  is 1; the rest of the row is whole. So it is with posts whose source no file describes any more. Of an initiative the quotes of
  such posts are empty, and a name or an address stays where a post that may be passed on, or a person, says it too.
- **Places of people who could be harmed.** Posts of $sensitive show places no finer than a
  district: `places` has districts and towns only, no column has a point, `place` is a district, a town or empty, and where a
  text names a street or a venue that the program recognised it has `$mask`. What it did not recognise, `group` and `url` are
  as the source has them: look at them before you publish. A post that is not annotated yet could be one of these, so it has
  neither a point nor a `place`. So it is with initiatives of these movements, and with the words of such posts in others.
- **Posts that were withdrawn.** Whatever quotes one goes with it at once; `tinymovements resolve` then makes the initiative anew of
  the posts that are left.
"""
)
