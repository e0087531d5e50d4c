"""`places`: which places are known, and how to add the districts of another city."""

from dataclasses import asdict
from pathlib import Path

import click

from tinymovements.cli.console import amount, did_you_mean, json_option, print_json
from tinymovements.model import LANGUAGES, Language


@click.group()
def places() -> None:
    """The places that posts are searched for: add the districts of your city, list and remove them, find a name.

    Example: tinymovements places find Malmi
    """


@places.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", metavar="NAME", help="What the set is called. [default: that of the file]")
@click.option("--municipality", metavar="NAME", help="The town they lie in, where the file does not say it.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the names, where the file does not say it.")
@click.option("--column", metavar="NAME", help="The column or property that has the name. [default: name]")
@click.option("--replace", is_flag=True, help="In the place of the set of that name.")
@json_option
def add(
    file: Path,
    name: str | None,
    municipality: str | None,
    language: Language | None,
    column: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Add the districts of FILE, so that they are found in posts: GeoJSON (polygons, points), or a CSV table with name, lat, lon.

    \b
    Columns or properties, in any order: name; name_fi, name_sv, name_en; lat, lon (CSV);
    language (fi, sv, en); alias (several with | between); municipality.

    Example: tinymovements places add stadsdelar.geojson --municipality Malmö --language sv
    """
    from tinymovements.gazetteer.district_files import Reading
    from tinymovements.settings import load
    from tinymovements.workflow.own_places import add as keep

    made = keep(load(), file, name, Reading(column, municipality, language), replace)
    if as_json:
        print_json(asdict(made))
        return
    click.echo(f"Added {amount(made.districts, 'district', 'districts')} as {made.name}, {made.polygons} of them with polygons.")
    click.echo("Posts that were annotated before are now out of date: `tinymovements update` does them again.")


@places.command("list")
@json_option
def list_places(as_json: bool) -> None:
    """List what was added.

    Example: tinymovements places list
    """
    from tinymovements.settings import load
    from tinymovements.workflow.own_places import added

    found = added(load())
    if as_json:
        print_json([asdict(each) for each in found])
        return
    if not found:
        click.echo("No places were added. `tinymovements places add FILE` adds the districts of a city.")
    for each in found:
        told = each.fault or f"{amount(each.districts, 'district', 'districts')}, {each.polygons} with polygons"
        click.echo(f"{each.name}: {told}{', in ' + ', '.join(each.municipalities) if each.municipalities else ''}")


@places.command()
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove the set NAME that was added.

    Example: tinymovements places remove stadsdelar
    """
    from tinymovements.settings import load
    from tinymovements.workflow.own_places import remove as forget

    path = forget(load(), name)
    if as_json:
        print_json({"name": name, "file": path})
        return
    click.echo(f"Removed {name}. Posts that were annotated before are now out of date: `tinymovements update` does them again.")


@places.command()
@click.argument("name")
@json_option
def find(name: str, as_json: bool) -> None:
    """Tell what is known of NAME, in any language: every place that is called so, the likeliest first.

    Example: tinymovements places find Haga
    """
    from tinymovements.workflow.own_places import known, where

    found = known(name)
    if as_json:
        print_json([entry._asdict() for entry in found.places])
        return
    if not found.places:
        click.echo(f"We know no place called {name}.{did_you_mean(found.like)}")
    for entry in found.places:
        point = f"{entry.lat:.4f},{entry.lon:.4f}" if entry.lat is not None and entry.lon is not None else "no point"
        others = [other for other in entry.every_name if other != entry.name]
        also = f"  also {', '.join(others)}" if others else ""
        people = f"  {amount(entry.population, 'person', 'people')}" if entry.population else ""
        click.echo(
            f"{entry.name}  {entry.kind} ({where(entry)})  {point}{people}{also}{'  added: ' + entry.added if entry.added else ''}"
        )
