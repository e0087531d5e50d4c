"""What tests of resolution share: invented posts of some initiatives and of none, and an archive that they come into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from tinymovements.archive import annotations, initiatives, posts, tables
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.tables import initiative_posts, initiative_redirects
from tinymovements.initiative import Initiative
from tinymovements.model import Annotation, Draft
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.resolve import Resolved, resolve_posts

GATE = Gate(b"k" * 32)
START = datetime(2025, 3, 1, 12, tzinfo=UTC)

TOLD = {
    "ruuvi-1": (
        "Kallion puskaradio",
        "Korjauskahvila Ruuvi aloittaa Kallion kirjastossa torstaisin klo 17, tuo rikkinäinen radio mukaan.",
    ),
    "ruuvi-2": (
        "Kallion puskaradio",
        "Kiitos Ruuvin väelle, leivänpaahdin toimii taas! Ensi torstaina kirjastolla uudestaan.",
    ),
    "ruuvi-3": (
        "Korjauskahvila Ruuvi",
        "Ruuvi etsii ompelijaa torstaille klo 17, kirjaston kerhohuone on meidän talkoilla kunnostama.",
    ),
    "ruuvi-4": ("Korjauskahvila Ruuvi", "Korjauskahvila Ruuvi täyttää vuoden, kakkua kirjastolla torstaina klo 17."),
    "kaappi-1": (
        "Malmin asukkaat",
        "Malmin jakokaappi on auki torin laidalla, vie ja hae ruokaa ilmaiseksi, me naapurit pidämme sen puhtaana.",
    ),
    "kaappi-2": (
        "Malmin asukkaat",
        "Jakokaappiin tarvitaan lauantaille siivooja, hävikkiruokaa tulee Malmin leipomosta joka ilta.",
    ),
    "kaappi-3": ("Malmin asukkaat", "Malmin jakokaappi kiittää: sata kassia ruokaa jaettu naapureille tässä kuussa."),
    "loppis-1": (
        "Grannar i Aspudden",
        "Grannloppis på gården i Aspudden söndag 4 maj, alla får sälja, vi som bor här ordnar själva.",
    ),
    "loppis-2": ("Grannar i Aspudden", "Tack för Grannloppisen! Nästa söndag samlar vi ihop borden på gården i Aspudden."),
    "soppa-1": (
        "Turun puskaradio",
        "Soppakerho keittää Turussa joka torstai klo 16 kaikille ilmaista soppaa, me naapurit kokkaamme.",
    ),
    "soppa-2": ("Turun puskaradio", "Turun Soppakerho kaipaa kattilaa, torstain soppa riitti sadalle, kiitos kokeille!"),
    "sohva": ("Kallion puskaradio", "Myydään sohva, nouto Kalliosta, 50 euroa."),
    "kadut": ("Malmin asukkaat", "Kaupunki lakaisee kadut Malmilla ensi viikolla."),
    "katten": ("Grannar i Aspudden", "Någon som tappat en svart katt? Den sitter på vår trappa."),
}
"""The group of each post, and what it says; posts of one initiative have names that begin alike."""

OTHER_WORDS = "Korjauskahvila Ruuvi muutti Kallion kirjastosta kerhohuoneelle, torstaisin klo 17 kuten ennenkin."


def draft(name: str, text: str | None = None) -> Draft:
    group, said = TOLD[name]
    day = START + timedelta(days=list(TOLD).index(name))
    return Draft(native_id=name, text=text or said, group=group, posted=day, language="sv" if "Aspudden" in group else "fi")


@dataclass
class World:
    """An archive, and what the pipeline says of each text."""

    settings: Settings
    said: Mapping[str, Annotation]
    archive: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.archive = open_archive(self.settings.archive_url)

    def store(self, *drafts: Draft) -> None:
        """They come in this order, and are annotated."""
        with writing(self.archive) as connection:
            posts.store(connection, "forum", [GATE.admit(one, "forum") for one in drafts])
        while claim := annotations.claim(self.archive, "1", 0, 1000):
            claim.keep([self.said[post.text].model_dump_json() for post in claim.posts])

    def add(self, *names: str) -> None:
        self.store(*map(draft, names))

    def withdraw(self, *names: str) -> None:
        with writing(self.archive) as connection:
            posts.store(connection, "forum", [], gone=names)

    def resolve(self, anew: bool = False) -> Resolved:
        return resolve_posts(self.settings, lambda _steps: None, anew)

    def kept(self) -> list[Initiative]:
        with reading(self.archive) as connection:
            return [kept.initiative for kept in initiatives.stream(connection)]

    def partition(self) -> set[tuple[frozenset[str], frozenset[str]]]:
        """The names of the posts of each initiative: those that are first of all about it, and the others."""
        names = {id: name for name, id in self.ids().items()}
        return {
            (
                frozenset(names[member.post] for member in one.members if member.main),
                frozenset(names[member.post] for member in one.members if not member.main),
            )
            for one in self.kept()
        }

    def main(self) -> set[frozenset[str]]:
        return {main for main, _ in self.partition()}

    def of(self, name: str) -> Initiative:
        """The initiative that this post is first of all about."""
        return next(one for one in self.kept() if any(m.main and m.post == self.ids()[name] for m in one.members))

    def ids(self) -> dict[str, str]:
        with reading(self.archive) as connection:
            return {row.native_id: row.id for row in connection.execute(select(tables.posts.c.native_id, tables.posts.c.id))}

    def redirects(self) -> dict[str, str]:
        with reading(self.archive) as connection:
            return dict(connection.execute(select(initiative_redirects.c.id, initiative_redirects.c.target)).all())

    def belongings(self) -> set[str]:
        """The ids of initiatives that posts are said to belong to."""
        with reading(self.archive) as connection:
            return set(connection.execute(select(initiative_posts.c.initiative)).scalars())


def annotated(*drafts: Draft) -> dict[str, Annotation]:
    """What the pipeline says of each text, once it has come through the gate."""
    from pipelines.assemble import annotate, build

    made = [GATE.admit(one, "forum") for one in drafts]
    said = annotate(build(), made)
    return {post.text: told.model_copy(update={"version": "1"}) for post, told in zip(made, said, strict=True)}
