"""What is emerging in an archive: what counts as a sign, what is told of it, and what is not known."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import SecretStr

from tinymovements.archive import annotations, corrections, initiatives, posts
from tinymovements.archive.corrections import Said
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.errors import QueryError
from tinymovements.initiative import Initiative, Member, Name, Site
from tinymovements.model import Annotation, MovementScore, Place, Post
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.emerging import Asked, Emerging, emerging
from tinymovements.workflow.emerging_signs import MOST, Cell, Counted, Period, Where, count
from tinymovements.workflow.emerging_why import why

END = date(2026, 5, 31)
WEEKS = 80
FOOD, REPAIR, PEERS = "food-sharing", "repair-and-reuse", "peer-support"
KALLIO = Place(name="Kallio", district="Kallio", municipality="Helsinki")
MALMI = Place(name="Malmi", district="Malmi", municipality="Helsinki")
TURKU = Place(name="Turku", municipality="Turku")


class Life:
    """Posts of an archive, gathered and then kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._made: list[tuple[Post, Annotation]] = []

    def say(
        self,
        ago: int,
        movement: str | None,
        *places: Place,
        source: str = "pihalista",
        text: str = "",
        author: str | None = None,
        group: str | None = None,
        initiative: float = 0.9,
    ) -> str:
        """A post of so many weeks ago; its id."""
        number = len(self._made)
        id = f"p{number:0>5}".ljust(26, "x")
        posted = datetime.combine(END - timedelta(7 * ago + number % 7), time(12), UTC)
        facts = {"author": author, "group": group, "posted": posted}
        post = Post(
            id=id, native_id=str(number), source=source, text=text or f"Viesti {number}", content_hash=f"{number:0>64}", **facts
        )
        accepted = (MovementScore(id=movement, score=0.9),) if movement else ()
        told = Annotation(version="1", language="fi", movements=accepted, initiative=initiative, self_organised=0.8, places=places)
        self._made.append((post, told))
        return id

    def keep(self) -> Settings:
        """Put all of it into the archive."""
        with writing(open_archive(self.settings.archive_url)) as connection:
            for source in {post.source for post, _ in self._made}:
                posts.store(connection, source, [post for post, _ in self._made if post.source == source])
            found = posts.by_id(connection, [post.id for post, _ in self._made])
            read = [
                annotations.Outdated(found[post.id].number, post.content_hash, None, "", None, None, None, None)
                for post, _ in self._made
            ]
            annotations.put(connection, "1", read, [told.model_dump_json() for _, told in self._made])
        return self.settings


@pytest.fixture
def life(settings: Settings) -> Life:
    """A year and a half in which nothing rises: each week some posts of each movement in each place, and chatter."""
    made = Life(settings)
    for ago in range(WEEKS):
        for movement in (FOOD, REPAIR):
            for place in (KALLIO, MALMI, TURKU):
                if (ago + len(movement) + len(place.name)) % 2:
                    made.say(ago, movement, place)
        for _ in range(4):
            made.say(ago, None, initiative=0.1)
    return made


def _rises(told: Emerging) -> list[str]:
    return [rise.id for rise in told.rises]


def test_nothing_rises_where_all_goes_on_as_before(life: Life) -> None:
    told = emerging(life.keep(), Asked())
    assert (told.rises, told.candidates, told.tried, told.weeks, told.windows) == ((), (), 6, 80, (4, 8, 16))
    assert (told.since, told.until) == (END - timedelta(7 * 80 - 1), END)


def test_a_movement_that_rises_in_a_district_is_told_with_its_counts(life: Life) -> None:
    for ago in range(8):
        for _ in range(3):
            life.say(ago, FOOD, KALLIO)
    settings = life.keep()
    (rise,) = emerging(settings, Asked()).rises
    assert (rise.movement, rise.place, rise.district, rise.municipality) == (FOOD, "Kallio", "Kallio", "Helsinki")
    assert (rise.weeks, rise.since, rise.signs, rise.past) == (8, END - timedelta(55), 28, 36)
    assert 3 < rise.expected < 7
    assert rise.rate < 0.001
    assert rise.sources == {"pihalista": 28}
    told = why(settings, Asked(), "food-sharing/kallio")
    assert told.rise == rise
    assert [piece.signs for piece in told.pieces] == [4] * 9 + [28]
    assert sum(piece.posts for piece in told.pieces) == 80 * 7 + 24
    assert told.sources["pihalista"].signs_before == 36
    assert (len(told.posts), told.of_posts, told.entry) == (20, 28, None)
    newest = [post.posted for post in told.posts if post.posted]
    assert newest[0].date() > END - timedelta(7) > newest[-1].date()


def test_what_does_not_rise_can_be_looked_at_as_well(life: Life) -> None:
    told = why(life.keep(), Asked(), "repair-and-reuse/Turku")
    assert (told.rise, told.place, told.chance) == (None, "Turku", 1.0)
    with pytest.raises(QueryError, match="Nothing was counted of repair-and-reuse/Espoo"):
        why(life.settings, Asked(), "repair-and-reuse/Espoo")


def test_filters_choose_what_is_judged(life: Life) -> None:
    for ago in range(8):
        for _ in range(3):
            life.say(ago, FOOD, KALLIO)
    settings = life.keep()
    assert _rises(emerging(settings, Asked(places=("Berghäll",)))) == ["food-sharing/Kallio"]
    assert _rises(emerging(settings, Asked(places=("Helsinki",), movements=(FOOD,)))) == ["food-sharing/Kallio"]
    assert _rises(emerging(settings, Asked(movements=(REPAIR,)))) == []
    assert emerging(settings, Asked(places=("Malmi",))).tried == 2
    assert _rises(emerging(settings, Asked(until=END - timedelta(7 * 8)))) == []
    assert emerging(settings, Asked(since=END - timedelta(7 * 40), weeks=6)).windows == (6,)


def test_a_source_that_begins_or_is_read_twice_as_much_makes_no_rise(life: Life) -> None:
    for ago in range(6):
        for _ in range(6):
            life.say(ago, FOOD, KALLIO, source="uusi")
        for movement in (FOOD, REPAIR):
            for place in (KALLIO, MALMI, TURKU):
                life.say(ago, movement, place)
        for _ in range(4):
            life.say(ago, None, initiative=0.1)
    told = emerging(life.keep(), Asked())
    assert told.rises == ()
    assert "Too new to say anything: uusi." in told.notes


def test_what_posts_say_of_two_places_is_told_once(life: Life) -> None:
    for ago in range(8):
        for _ in range(3):
            life.say(ago, FOOD, KALLIO, MALMI)
    (rise,) = emerging(life.keep(), Asked()).rises
    assert sorted((rise.id, *rise.also)) == ["food-sharing/Kallio", "food-sharing/Malmi"]


def test_a_place_that_the_source_gives_goes_before_those_of_the_text(life: Life) -> None:
    life.say(0, FOOD, MALMI, KALLIO.model_copy(update={"field": "source"}))
    counted = _counted(life.keep())
    assert [sign.week for sign in counted.signs[_at(counted, FOOD, "Kallio")]].count(WEEKS - 1) == 1 + _before(counted, "Kallio")
    assert [sign.week for sign in counted.signs[_at(counted, FOOD, "Malmi")]].count(WEEKS - 1) == _before(counted, "Malmi")


def _before(counted: Counted, name: str) -> int:
    """Signs of the last week of the archive in which nothing rises."""
    return (len(FOOD) + len(name)) % 2


def _counted(settings: Settings) -> Counted:
    with reading(open_archive(settings.archive_url)) as connection:
        return count(connection, Period(END, WEEKS), with_words=False)


def _at(counted: Counted, movement: str, place: str) -> int:
    return next(at for at, cell in enumerate(counted.cells) if (cell.movement, cell.where.name) == (movement, place))


def _counts(counted: Counted, cell: Cell) -> int:
    return sum(sign.counts for sign in counted.signs[counted.cells.index(cell)])


ESPOO = Place(name="Espoo", municipality="Espoo")
IN_ESPOO = Cell(FOOD, Where("Espoo", None))


def test_ten_posts_of_one_initiative_in_one_week_are_not_ten_signs(settings: Settings) -> None:
    life = Life(settings)
    ids = [life.say(0, FOOD, ESPOO, author=f"a{number}") for number in range(10)]
    settings = life.keep()
    assert _counts(_counted(settings), IN_ESPOO) == 10  # as long as nobody knows that they are of one
    _resolve(settings, ids, ())
    assert _counts(_counted(settings), IN_ESPOO) == MOST


def test_one_person_counts_three_times_a_week_at_the_most(settings: Settings) -> None:
    life = Life(settings)
    for number in range(90):
        life.say(number % 3, None, author=f"b{number}", initiative=0.1)
    for number in range(10):
        life.say(number % 2, FOOD, ESPOO, author="a")
    assert _counts(_counted(life.keep()), IN_ESPOO) == 2 * MOST


def test_a_feed_that_names_itself_as_author_is_no_person(settings: Settings) -> None:
    life = Life(settings)
    for _ in range(30):
        life.say(0, FOOD, ESPOO, author="the feed")
    assert _counts(_counted(life.keep()), IN_ESPOO) == 30


def test_what_repeats_a_post_counts_once_in_a_group(settings: Settings) -> None:
    life = Life(settings)
    text = "Ruokaa jaetaan lauantaina kello kymmenen asukastalon pihalla kaikille jotka tulevat"
    for group in ("Yksi", "Yksi", "Kaksi"):
        life.say(0, FOOD, ESPOO, text=text, group=group)
    assert _counts(_counted(life.keep()), IN_ESPOO) == 2


def test_an_initiative_tells_the_place_that_its_post_does_not(settings: Settings) -> None:
    life = Life(settings)
    ids = [life.say(0, FOOD, ESPOO), life.say(1, None)]
    settings = life.keep()
    _resolve(settings, ids, (Site(name="Tapiola", district="Tapiola", municipality="Espoo", posts=1),))
    counted = _counted(settings)
    assert _counts(counted, IN_ESPOO) == 1
    assert _counts(counted, Cell(FOOD, Where("Espoo", "Tapiola"))) == 1


def _resolve(settings: Settings, ids: list[str], sites: tuple[Site, ...]) -> None:
    members = tuple(Member(post=id, posted=None, source="pihalista", group=None, language="fi", main=True) for id in ids)
    one = Initiative(
        id="i".ljust(26, "2"),
        names=(Name(text="Jakopiste", language="fi", posts=2),),
        movements=(MovementScore(id=FOOD, score=0.9),),
        self_organised=0.9,
        sites=sites,
        members=members,
    )
    with writing(open_archive(settings.archive_url)) as connection:
        initiatives.put(connection, "1", [Kept(one, None)], {})


def test_people_correct_what_counts(settings: Settings) -> None:
    life = Life(settings)
    id, _ = life.say(0, REPAIR, ESPOO), life.say(0, FOOD, ESPOO)
    settings = life.keep()
    with writing(open_archive(settings.archive_url)) as connection:
        said = [Said(id, REPAIR, False, "library"), Said(id, FOOD, True, "library")]
        corrections.keep(connection, said, datetime(2026, 6, 1, tzinfo=UTC))
    counted = _counted(settings)
    assert counted.cells == [IN_ESPOO]
    assert _counts(counted, IN_ESPOO) == 2


def test_a_district_of_two_towns_is_told_apart(settings: Settings) -> None:
    life = Life(settings)
    life.say(0, FOOD, KALLIO)
    life.say(0, FOOD, Place(name="Kallio", district="Kallio", municipality="Lahti"))
    life.say(0, FOOD, MALMI)
    assert sorted(_counted(life.keep()).ids()) == [
        "food-sharing/Kallio, Helsinki",
        "food-sharing/Kallio, Lahti",
        "food-sharing/Malmi",
    ]


def test_a_district_is_told_apart_from_a_town_of_its_name(settings: Settings) -> None:
    life = Life(settings)
    life.say(0, FOOD, Place(name="Tammela", district="Tammela", municipality="Tampere"))
    life.say(0, FOOD, Place(name="Tammela", municipality="Tammela"))
    assert sorted(_counted(life.keep()).ids()) == ["food-sharing/Tammela", "food-sharing/Tammela, Tampere"]


def test_posts_of_a_sensitive_movement_are_shown_coarsely(life: Life) -> None:
    street = Place(name="Vaasankatu", start=11, end=22, district="Kallio", municipality="Helsinki")
    for ago in range(40):
        life.say(ago, PEERS, street, text="Kokoonnumme Vaasankatu 5:ssä")
    told = why(life.keep(), Asked(), "peer-support/Kallio")
    assert told.posts
    assert all("Vaasankatu" not in post.text for post in told.posts)


def test_a_theme_of_no_movement_is_offered_with_a_beginning_of_an_entry(life: Life) -> None:
    texts = (
        "Aurinkopaneelit katolle ja energiayhteisö pystyyn",
        "Energiayhteisö jakaa sähköä, aurinkopaneelit tulivat",
        "Kuka tulisi meidän energiayhteisöön, aurinkopaneeleja tilataan",
        "Talkoilla aurinkopaneelit paikoilleen, energiayhteisö kiittää",
    )
    for number in range(24):
        life.say(number // 3, None, text=texts[number % 4], author=f"c{number}")
    for ago in range(WEEKS):
        life.say(ago, None, text=f"Lauletaan portaikossa joka keskiviikko {ago}")
    settings = life.keep()
    told = emerging(settings, Asked())
    (candidate,) = told.candidates
    assert told.rises == ()
    assert {"energiayhteisö", "aurinkopaneeli"} <= set(candidate.words)
    because = why(settings, Asked(), candidate.id)
    assert because.rise == candidate
    assert because.of_posts == candidate.posts == 24
    assert because.sources["pihalista"].signs == 24
    assert because.entry
    home = settings.home / "movements.toml"
    home.write_text(because.entry, "utf-8")
    assert candidate.id in load_taxonomy().movements


@pytest.mark.parametrize(
    ("weeks", "note"),
    [
        (0, "No post of that time has a date, so nothing can be said to rise."),
        (1, "Only 1 full week are known"),
        (11, "Only 11 full weeks are known, and 12 are needed: a rise is seen against a past of 2 times its length."),
        (20, "Less than a year of the past is known, so nothing can be said of seasons"),
    ],
)
def test_what_is_not_known_is_said(settings: Settings, weeks: int, note: str) -> None:
    life = Life(settings)
    for ago in range(weeks):
        for _ in range(7):
            life.say(ago, FOOD, KALLIO)
    told = emerging(life.keep(), Asked())
    assert told.rises == ()
    assert any(each.startswith(note) for each in told.notes)
    if not told.windows:
        with pytest.raises(QueryError, match=r"known|date"):
            why(settings, Asked(), "food-sharing/Kallio")


@pytest.fixture
def elsewhere(settings: Settings, archive_url: str) -> Settings:
    """Settings of an archive on each database in turn."""
    return settings.model_copy(update={"archive": SecretStr(archive_url)})


def test_both_databases_tell_the_same(elsewhere: Settings) -> None:
    life = Life(elsewhere)
    for ago in range(WEEKS):
        life.say(ago, None, initiative=0.1)
        if ago % 3 == 0 or ago < 8:
            life.say(ago, FOOD, KALLIO)
            life.say(ago, FOOD, *([KALLIO] if ago < 8 else [MALMI]))
    told = emerging(life.keep(), Asked(weeks=8, until=END))
    (rise,) = told.rises
    assert (rise.id, rise.signs, rise.since, told.until) == ("food-sharing/Kallio", 16, END - timedelta(55), END)
    assert why(elsewhere, Asked(weeks=8, until=END), rise.id).of_posts == 16
