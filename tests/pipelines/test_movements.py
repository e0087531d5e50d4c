"""The first model understands plain posts, and is no worse than it was."""

from pathlib import Path

import pytest

from pipelines.assemble import annotation, build, make_doc
from pipelines.examples import read_corpus
from pipelines.fit import best_threshold, settled_threshold
from pipelines.linear import LinearModel
from pipelines.movements import MODEL
from tinymovements.errors import PipelineError


@pytest.mark.parametrize(
    ("text", "movement"),
    [
        ("Pihakirppis lauantaina klo 10–14! Tuo oma pöytä, myydään ja vaihdetaan vanhat vaatteet.", "flea-markets-and-swaps"),
        ("Alikulkuun tulee muraali, maalaamme sen talkoilla toukokuussa. Spraymaalia on jo.", "street-art"),
        ("Palstallamme alkaa kevät: tulkaa naapurit kääntämään multaa ja istuttamaan yhteistä kasvimaata.", "urban-gardening"),
        ("Språkcafé på torsdag! Asylsökande och frivilliga dricker kaffe och talar svenska tillsammans.", "asylum-seeker-support"),
        ("Vi plockar skräp längs stranden på söndag, sopsäckar finns, alla får vara med på städtalkot.", "nature-and-clean-ups"),
        ("Repair café on Tuesday: bring your broken toaster and our volunteers will help you mend it.", "repair-and-reuse"),
        ("Our peer support group for people recovering from gambling meets again on Monday. You are not alone.", "peer-support"),
    ],
)
def test_a_plain_post_is_understood(text: str, movement: str) -> None:
    nlp = build()
    told = annotation(nlp(make_doc(nlp, None, text)))
    assert movement in {found.id for found in told.movements}


def test_an_initiative_is_more_probable_where_people_do_something() -> None:
    nlp = build()
    talkoo, advert = (
        annotation(nlp(make_doc(nlp, None, text)))
        for text in ("Naapurit, pidetään pihatalkoot lauantaina! Tehdään yhdessä.", "Myydään renkaat, 50 euroa, nouto Nokialta.")
    )
    assert talkoo.initiative > 0.5 > advert.initiative
    assert talkoo.self_organised > advert.self_organised


def test_what_the_city_is_asked_for_residents_do_not_run() -> None:
    nlp = build()
    run, asked = (
        annotation(nlp(make_doc(nlp, None, text)))
        for text in (
            "Meidän talon väki pitää pihakirppiksen lauantaina, tulkaa tekemään löytöjä!",
            "Voisiko kaupunki järjestää meille kirpputorin torille? Pyydämme kaupunkia avaamaan torin.",
        )
    )
    assert run.self_organised > 0.5 > asked.self_organised
    assert asked.initiative > 0.5


def test_a_post_is_never_surer_self_organised_than_an_initiative() -> None:
    nlp = build()
    texts = [example.whole for example in read_corpus()[::40]]
    told = [annotation(doc) for doc in nlp.pipe(make_doc(nlp, None, text) for text in texts)]
    assert all(one.self_organised <= one.initiative for one in told)
    assert any(one.self_organised == one.initiative for one in told)


@pytest.mark.parametrize(
    "text",
    [
        "Kissa kadonnut, soittakaa jos näette.",
        "Säljes: soffa, 200 euro.",
        "Lost: grey cat, answers to Pepper.",
        "Myydään polkupyörä 50 e",
    ],
)
def test_chatter_carries_no_movement(text: str) -> None:
    nlp = build()
    assert annotation(nlp(make_doc(nlp, None, text))).movements == ()


def test_the_model_that_ships_is_small_and_comes_back_as_the_same_bytes() -> None:
    assert MODEL.stat().st_size < 15_000_000
    assert LinearModel.load(MODEL).to_bytes() == MODEL.read_bytes()


def test_a_broken_model_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "movements.npz"
    for content in (b"", b"no model", MODEL.read_bytes()[:1000]):
        path.write_bytes(content)
        with pytest.raises(PipelineError, match=r"movements\.npz cannot be read"):
            LinearModel.load(path)
    with pytest.raises(PipelineError):
        LinearModel.load(tmp_path / "none.npz")


def test_the_threshold_is_the_one_with_the_best_f1() -> None:
    import numpy as np

    scores = np.array([[0.9], [0.6], [0.4], [0.1]])
    truth = np.array([[1.0], [1.0], [0.0], [0.0]])
    assert 0.4 < best_threshold(scores, truth) <= 0.6


def test_of_thresholds_about_as_good_the_middle_one_is_taken() -> None:
    import numpy as np

    truth = np.repeat([1.0, 0.0], 100)
    scores = np.repeat([0.8, 0.2], 100)
    assert settled_threshold(scores, truth) == pytest.approx(0.5, abs=0.02)
    assert best_threshold(scores, truth) == 0.21
