"""The steps of the tour: what is about to happen, and the command that does it."""

import json
from dataclasses import dataclass
from pathlib import Path

from tinymovements.demo.site import hashtags
from tinymovements.model import LANGUAGES

WEBSITES = tuple(f"demo-websites-{language}" for language in LANGUAGES)
EVENTS, FEDIVERSE, GROUPS, DOWNLOADS = "demo-events", "demo-fediverse", "demo-groups", "demo-downloads"

_BASIS = "None is needed: these posts are invented, and nobody wrote them."

EXAMPLE = {
    "id": "1",
    "text": "Korttelin siivouspäivä Kalliossa lauantaina! Tarvitsemme pakettiauton klo 9–12. T. Maija, 040 555 0199",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence that says what comes, the words of a command, and what it reads on standard input."""

    says: str
    command: tuple[str, ...]
    reads: str | None = None


def sources(base: str) -> dict[str, str]:
    """The facts of the tour's sources (id: TOML), crawled at the address `base`."""
    facts = {
        f"demo-websites-{language}": _facts(
            f"Neighbourhood websites ({language})", "rss", (language,), f"{base}/feeds/{language}.xml", 10
        )
        for language in LANGUAGES
    }
    facts[EVENTS] = _facts("Events of the neighbourhoods", "linked-events", LANGUAGES, f"{base}/v1/", 20)
    tags = f"\n[options]\nhashtags = {json.dumps(hashtags(), ensure_ascii=False)}\n"
    facts[FEDIVERSE] = _facts("A Mastodon instance", "mastodon", LANGUAGES, base, 20) + tags
    facts[GROUPS] = _facts("Facebook groups, as CrowdTangle exported them", "file", LANGUAGES, None, 100)
    facts[DOWNLOADS] = _facts("Posts in groups that three members downloaded", "file", LANGUAGES, None, 20)
    return facts


def _facts(title: str, platform: str, languages: tuple[str, ...], url: str | None, minimum: int) -> str:
    address = f'url = "{url}"\n' if url else ""
    return (
        f'title = "{title}"\ndescription = "Invented posts for the tour."\nplatform = "{platform}"\n{address}'
        f'publisher = "Tiny Movements"\nlanguages = {json.dumps(languages)}\nlegal_basis = "{_BASIS}"\n'
        f'licence = "GPL-3.0-or-later"\nexpected_minimum = {minimum}\n'
    )


def steps(files: dict[str, list[Path]], dataset: Path) -> list[Step]:
    """The commands of the tour, in order."""
    crowdtangle, downloads = (tuple(map(str, files[name])) for name in ("crowdtangle", "facebook-download"))
    return [
        Step(
            "Five public places are crawled. They are served by this machine, and the crawl is a real one.",
            ("collect", *WEBSITES, EVENTS, FEDIVERSE),
        ),
        Step(
            "Facebook lets nobody crawl groups. Their posts come as files: here a CrowdTangle export …",
            ("import", "crowdtangle", *crowdtangle, "--source", GROUPS),
        ),
        Step(
            "… and what three members downloaded of their own posts.",
            ("import", "facebook-download", *downloads, "--source", DOWNLOADS),
        ),
        Step("Names, phones and addresses stayed outside. Now the pipeline says what each post means.", ("annotate",)),
        Step("Posts of one initiative are put together, over groups, languages and years.", ("resolve",)),
        Step("All of it becomes searchable.", ("index",)),
        Step("What is in here?", ("status",)),
        Step("A city official asks what goes on in Kontula, in any language.", ("search", "--place", "Kontula", "--size", "4")),
        Step(
            "… and who has waited for a permit this spring.",
            ("search", "lupa tillstånd permit", "--since", "1.2.2026", "--until", "31.5.2026", "--size", "3", "--no-facets"),
        ),
        Step("An activist looks for a van.", ("search", "pakettiauto skåpbil van", "--size", "4", "--no-facets")),
        Step(
            "… and for a flea market: the spoken word finds the written one, whatever its form.",
            ("search", "kirppis", "--size", "3", "--no-facets"),
        ),
        Step(
            "A researcher takes the year's flea markets and swaps as a dataset, with its dictionary and its provenance.",
            ("export", str(dataset), "--unit", "posts", "--movement", "flea-markets-and-swaps"),
        ),
        Step(
            "Any program can ask what a text means; nothing is kept of it.", ("classify",), json.dumps(EXAMPLE, ensure_ascii=False)
        ),
    ]
