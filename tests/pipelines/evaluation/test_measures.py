"""The measures are those of scikit-learn, on the texts as they are and on every resample of them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from pipelines.evaluation.measures import RESAMPLES, average_precision, calibration_error, f1, in_bins, measures, resamples
from pipelines.evaluation.table import Floats, Table


def blocks(table: Table) -> Floats:
    """The texts as they are, and the first resamples."""
    made = resamples(table.writers)
    return np.vstack([next(made), next(made)[:20]])


def test_each_measure_is_that_of_scikit_learn_in_every_resample(drawn: Table) -> None:
    weights = blocks(drawn)
    found = {name: values for name, (values, _) in measures(drawn, weights).items()}
    truth, scores = drawn.truths["movements"], drawn.scores["movements"]
    for at, row in enumerate(weights.astype(int)):
        texts = np.repeat(np.arange(len(drawn)), row)
        real, given = truth[texts], scores[texts] >= 0.5
        asked = real.any(axis=0)
        assert found["movements_micro_f1"][at] == pytest.approx(f1_score(real, given, average="micro"))
        assert found["movements_macro_f1"][at] == pytest.approx(f1_score(real[:, asked], given[:, asked], average="macro"))
        assert found["movements_precision"][at] == pytest.approx(precision_score(real, given, average="micro"))
        assert found["movements_recall"][at] == pytest.approx(recall_score(real, given, average="micro"))
        mean = average_precision_score(real[:, asked], scores[texts][:, asked], average="macro")
        assert found["movements_mean_ap"][at] == pytest.approx(mean)
        for name in ("initiative", "self_organised"):
            right = average_precision_score(drawn.truths[name][texts, 0], drawn.scores[name][texts, 0])
            assert found[f"{name}_ap"][at] == pytest.approx(right)


def test_bins_and_their_error_are_those_of_scikit_learn(drawn: Table) -> None:
    """But that it closes its bins above and we close ours below: no score lies on an edge."""
    inside = ~np.isin(drawn.scores["movements"], np.arange(11) / 10)
    truths = {**drawn.truths, "movements": np.where(inside, drawn.truths["movements"], np.nan)}
    bins = in_bins(replace(drawn, truths=truths), "movements").sum(axis=0)
    count, predicted, true = bins[bins[:, 0] > 0].T
    shares, means = calibration_curve(truths["movements"][inside], drawn.scores["movements"][inside], n_bins=10)
    assert true / count == pytest.approx(shares)
    assert predicted / count == pytest.approx(means)
    error, cases = calibration_error(bins[np.newaxis])
    assert error == pytest.approx(np.average(np.abs(shares - means), weights=count))
    assert cases == inside.sum()


def test_a_text_that_is_borderline_has_no_part_in_average_precision() -> None:
    truth, scores = np.array([1, np.nan, 0, 1]), np.array([0.9, 0.8, 0.7, 0.6])
    value, cases = average_precision(truth, scores, np.ones((1, 4)))
    assert value.tolist() == [pytest.approx(average_precision_score([1, 0, 1], [0.9, 0.7, 0.6]))]
    assert cases.tolist() == [2]


@pytest.mark.parametrize("truth", [[1, 1], [0, 0], [np.nan, np.nan], [1, np.nan]])
def test_where_all_are_alike_there_is_nothing_to_rank(truth: list[float]) -> None:
    assert np.isnan(average_precision(np.array(truth), np.array([0.1, 0.2]), np.ones((1, 2)))[0]).all()


def test_the_likeliest_movement_of_each_text_is_calibrated_by_itself(drawn: Table) -> None:
    truth, scores = drawn.truths["movements"], drawn.scores["movements"]
    rows, likeliest = np.arange(len(drawn)), scores.argmax(axis=1)
    value, cases = measures(drawn, np.ones((1, len(drawn))))["top_movement_ece"]
    bins = np.minimum((scores[rows, likeliest] * 10).astype(int), 9)
    apart = [abs((scores[rows, likeliest] - truth[rows, likeliest])[bins == one].sum()) for one in range(10)]
    assert value[0] == pytest.approx(sum(apart) / len(drawn))
    assert cases[0] == len(drawn)


def test_nothing_to_find_is_no_measure() -> None:
    assert np.isnan(f1(np.array([[0.0, 0, 0], [0, 3, 0]]))[0]).all()
    assert f1(np.array([0.0, 3, 2]))[0] == 0


def test_writers_are_drawn_with_all_their_texts() -> None:
    drawn = np.vstack(list(resamples(["a", "a", "b", "c", "c"])))
    assert drawn.shape == (1 + RESAMPLES, 5)
    assert (drawn[0] == 1).all()
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 4]).all()
    assert (drawn[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert drawn[1:, 0].mean() == pytest.approx(1, abs=0.1)


def test_texts_of_one_writer_are_drawn_one_by_one() -> None:
    drawn = np.vstack(list(resamples(["a"] * 5)))
    assert (drawn.sum(axis=1) == 5).all()
    assert (drawn[1:, 0] != drawn[1:, 1]).any()
