"""Learns to tell stages of life, `pipelines/initiatives/stages.npz`: `python -m tools.learn_stages [--judge]`.

From the labelled posts of the invented worlds, and from others, `stages.jsonl`, that show the seldom stages and what looks like
them. `--judge` tells as well what a model of the other worlds makes of each. Takes a minute.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score

from pipelines.corpus_vectors import vectors_of
from pipelines.features import Vocabulary
from pipelines.fit import as_matrix
from pipelines.initiatives import stage_model
from pipelines.initiatives.learn import STORIES, world_names
from pipelines.initiatives.stage_model import Floats, StageModel
from pipelines.initiatives.ways import Told, read
from pipelines.vectors import load_encoder
from tinymovements.initiative import STAGES
from tinymovements.privacy.gate import Gate
from tinymovements.settings import load
from tinymovements.workflow.encoder import ready

ALSO = stage_model.MODEL.with_name("stages.jsonl")

_AT_LEAST = 2
"""Posts that must have a feature for it to be kept."""
_STRENGTH, _FEATURES, _VECTOR, _WITHOUT = 10.0, 0.2, 1.5, 0.5
"""The penalty's inverse, what the ways and the vector count beside the words, and what a post counts once more without its vector.
On worlds left out, by ways that other worlds say as well: 0.86 right with vectors and 0.85 without; 0.78 without where no post
was learnt without; 0.84 to 0.85 with features of 0.1 or 0.3, 0.84 without words."""


@dataclass(frozen=True)
class Labelled:
    """Posts whose stage is known."""

    worlds: Sequence[str]
    """Of each the world that it is from; empty where it is from none."""
    stages: Sequence[str]
    told: Sequence[Told]
    vectors: Floats

    def chosen(self, rows: Sequence[int]) -> "Labelled":
        """Some of them."""
        stages, told = ([column[row] for row in rows] for column in (self.stages, self.told))
        return Labelled([self.worlds[row] for row in rows], stages, told, self.vectors[rows])  # type: ignore[arg-type]


def main() -> None:
    """Write the model, and print what it is worth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--judge", action="store_true")
    posts = labelled()
    if arguments.parse_args().judge:
        judge(posts)
    learn(posts).save(stage_model.MODEL)
    print(f"{stage_model.MODEL}: {stage_model.MODEL.stat().st_size:,} bytes, of {len(posts.stages)} posts")


def labelled() -> Labelled:
    """All posts there are, as the program would read them: scrubbed, and with the vectors of their meaning."""
    scrub = Gate(b"").scrub
    rows = [(world, post, post["gold"]["stage"]) for world in world_names() for post in _rows(STORIES / f"{world}_posts.jsonl")]
    rows += [("", post, post["stage"]) for post in _rows(ALSO)]
    rows = [row for row in rows if row[2]]
    texts = [(post["title"] and scrub(post["title"]), scrub(post["text"]), post["language"]) for _, post, _ in rows]
    wholes = [f"{title}\n{text}" if title else text for title, text, _ in texts]
    settings = load(encoder=True)
    folder = ready(settings)
    assert folder is not None
    vectors = vectors_of(load_encoder(folder, settings.processes), wholes)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Labelled([world for world, _, _ in rows], [stage for _, _, stage in rows], [read(*text) for text in texts], vectors)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def learn(posts: Labelled) -> StageModel:
    """The model of some posts. The same posts give the same numbers."""
    terms = [[term for sentence in told.sentences for term in sentence.terms] for told in posts.told]
    features = [
        list(dict.fromkeys([*told.features, *(name for sentence in told.sentences for name in sentence.features)]))
        for told in posts.told
    ]
    of_terms, of_features = Vocabulary.of(terms, _AT_LEAST), Vocabulary.of(features, _AT_LEAST)
    by_terms, by_features = as_matrix(of_terms, terms), _there(of_features, features)
    with_vectors = hstack([by_terms, by_features * _FEATURES, csr_array(posts.vectors * _VECTOR)])
    without = hstack([by_terms, by_features * _FEATURES, csr_array(posts.vectors.shape)])
    weights = np.repeat([1.0, _WITHOUT], len(posts.stages))
    rows = vstack([with_vectors, without]).tocsr()
    targets = [STAGES.index(stage) for stage in posts.stages] * 2
    fitted = LogisticRegression(C=_STRENGTH, max_iter=3000).fit(rows, targets, sample_weight=weights)
    says = fitted.coef_.T.astype(np.float32)
    first, second = len(of_terms.names), len(of_terms.names) + len(of_features.names)
    return StageModel(
        of_terms,
        says[:first],
        of_features,
        says[first:second] * _FEATURES,
        says[second:] * _VECTOR,
        fitted.intercept_.astype(np.float32),
    )


def _there(vocabulary: Vocabulary, documents: Sequence[Sequence[str]]) -> csr_array:
    columns = [vocabulary.columns(names) for names in documents]
    ends = np.cumsum([0, *map(len, columns)])
    return csr_array(
        (np.ones(ends[-1], np.float32), np.concatenate(columns).astype(np.int32), ends), (len(documents), len(vocabulary.names))
    )


def judge(posts: Labelled) -> None:
    """Print how often the stage is right of each world by a model of the others, with vectors and without."""
    print("world       with vectors  without")
    truth = np.array([STAGES.index(stage) for stage in posts.stages])
    guessed, plain = (np.full(len(truth), -1) for _ in range(2))
    for world in world_names():
        model = learn(posts.chosen([row for row, of in enumerate(posts.worlds) if of != world]))
        rows = [row for row, of in enumerate(posts.worlds) if of == world]
        for row in rows:
            guessed[row] = model.says(posts.told[row], posts.vectors[row])[0].argmax()
            plain[row] = model.says(posts.told[row], None)[0].argmax()
        print(f"{world:10}  {(guessed == truth)[rows].mean():12.2f} {(plain == truth)[rows].mean():8.2f}", flush=True)
    known = guessed >= 0
    print(f"{'all':10}  {(guessed == truth)[known].mean():12.3f} {(plain == truth)[known].mean():8.3f}")
    print(f"macro-F1    {f1_score(truth[known], guessed[known], average='macro'):12.3f}")
    print(", ".join(STAGES), "by what was found:", confusion_matrix(truth[known], guessed[known]), sep="\n")


if __name__ == "__main__":
    main()
