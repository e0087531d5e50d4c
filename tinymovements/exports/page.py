"""The page of the documentation on the format of datasets, made from the columns themselves."""

from string import Template

from tinymovements.exports.columns import TYPES, Column, make_columns
from tinymovements.exports.corrections import FIELDS, Field
from tinymovements.exports.excel import LONGEST, Excel
from tinymovements.exports.parquet import ARROW, KEY
from tinymovements.privacy.sensitive import MASK
from tinymovements.taxonomy import shipped_taxonomy


def data_format_page() -> str:
    """The text of `docs/data-format.md`."""
    columns = make_columns(shipped_taxonomy().movements, with_scores=False)
    return _PAGE.substitute(
        types="\n".join(f"| {name} | {words} | `{ARROW[name]}` |" for name, words in TYPES.items()),
        columns="\n".join(map(_line, columns)),
        corrections="\n".join(map(_line, FIELDS)),
        longest=f"{LONGEST:,}",
        largest=f"{Excel.largest:,}",
        key=KEY.decode(),
        mask=MASK,
        sensitive=" and ".join(f"`{id}`" for id in sorted(shipped_taxonomy().sensitive)),
    )


def _line(column: Column | Field) -> str:
    allowed = column.values.replace("|", "\\|")
    return f"| `{column.name}` | {column.type} | {column.meaning} | {allowed} |"


_PAGE = Template(
    r"""# The format of datasets

*Made by `make docs` from the program itself; a test keeps it true.*

`tinymovements export FILE` writes one row for each post, in order of `id`. The ending of the file's name tells the format:

| ending | format | for |
|---|---|---|
| `.csv`, `.csv.gz` | CSV: UTF-8 without a byte order mark, commas, RFC 4180 | R, pandas, anything |
| `.jsonl`, `.jsonl.gz` | JSON Lines: one object a line, nothing left out | programs |
| `.parquet` | Parquet with typed columns, compressed with Zstandard | pandas, R, DuckDB, Spark |
| `.xlsx` | Excel: one sheet with a header that stays and a filter | people |

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

## Columns

| column | type | meaning | values |
|---|---|---|---|
$columns

With `--scores`, columns `score_…` follow those of the movements, in the same order: how probable each one is, accepted or not.

## Where formats differ

- **CSV.** A list is one cell: ids of movements are joined by `;`, places by `; `, clauses and kinds by ` | `. Line breaks stay
  in their cell. A text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, one of their full-width
  forms, a tab or a line break) has an apostrophe before it. To have the exact text, take one apostrophe off each text that
  matches `^'+[=+\-@\t\r\n＝＋－＠]`. Numbers are never changed.
- **Excel.** Lists as in CSV. Texts are stored as texts: nothing runs and nothing has an apostrophe before it. Every line
  break is the one that Excel has, and control characters are left out. Moments are dates, in UTC. A cell holds $longest
  characters: longer texts are cut and end with `[…]`, and the command says how many there were. A sheet holds $largest posts.
- **Parquet.** Lists are lists of texts. The metadata have the provenance, as JSON, under the key `$key`.
- **JSON Lines.** Each line is an object with `post` and `annotation` (the whole of both, or null: spans, probabilities of all
  movements, native ids), `near_duplicate_of`, `first_seen`, `licence`, `text_withheld` and `corrections` (all that people said
  of the post, oldest first, in the fields below). `scores` of the annotation stay the program's own.

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
  is 1; the rest of the row is whole. So it is with posts whose source no file describes any more.
- **Places of people who could be harmed.** Posts of $sensitive show places no finer than a
  district: `places` has districts and towns only, no column has a point, `place` is a district, a town or empty, and where a
  text names a street or a venue that the program recognised it has `$mask`. What it did not recognise, `group` and `url` are
  as the source has them: look at them before you publish. A post that is not annotated yet could be one of these, so it has
  neither a point nor a `place`.
"""
)
