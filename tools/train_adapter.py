"""Trains the encoder's adapter (pipelines/adapter.npz) and what encoders that had not seen a text say of it (held_out.npz).

    pip install torch
    python -m tools.train_adapter --rows proposals.csv labels.tsv --rows charities.csv labels.tsv --chatter messages.txt

Low-rank changes (Hu et al. 2021, "LoRA") of the upper four layers, trained on all tasks at once: movements, initiative and
self_organised by the vector of a text, needs, offers and asks by that of a sentence beside it. The lower eight layers stay as they
are, so what they make of the texts is worked out once.

Two adapters are trained, each without a third of the voices and rows: what they say of that third is what `tinymovements train`
weighs words and vectors by. The one that ships is their mean (Wortsman et al. 2022, "Model soups"), which has seen all and takes no
longer than one. Its log-odds are brought to the spread of theirs on texts without labels that none has seen, the demo's.

An hour of two cores. `tinymovements train` is to be run afterwards.
"""

import argparse
import hashlib
import math
import tempfile
from collections import ChainMap, Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- as everybody calls it

from pipelines import adapter, held_out, weights
from pipelines.adapter import Adapter, Head
from pipelines.encoder import Encoder
from pipelines.encoder import make as make_encoder
from pipelines.examples import Example, read_chatter, read_corpus, read_other_registers, read_rows
from pipelines.held_out import HeldOut, key
from pipelines.movements import INITIATIVE, SELF_ORGANISED
from pipelines.needs import NEED, OFFER
from pipelines.registers import expert
from pipelines.sentences import sentences
from pipelines.train import movement_targets, sentence_targets, taught_expert
from pipelines.vectors import ASK, log_odds_of_sentences, meanings, parts, unpack
from pipelines.weights import HEADS, LAYERS, WIDTH
from tinymovements.demo.posts import load_posts
from tinymovements.model import LANGUAGES
from tinymovements.taxonomy import load_taxonomy

SEED = 1
FOLDS = 3
HELD_OUT = (0, 1)
"""Folds without which an adapter is trained. Of the third nothing is known, which spares a third of the time."""

LOWER = 8
"""Layers that stay as they are."""

RANK, SCALE = 16, 2.0
EPOCHS, RATE, WARM_UP, BATCH = 7, 2e-3, 60, 32
"""With half the rate and four epochs micro-F1 on 1,535 posts held out was 0.729 instead of 0.739, and the average precision of
sentences that say a need, an offer or an ask 0.50, 0.32 and 0.66 instead of 0.64, 0.39 and 0.79."""

DROPOUT = 0.1
SHARPNESS = 6.0
"""Vectors are multiplied by it before the heads, which else learn too slowly."""

LONGEST = 192
"""Tokens of a text in training."""

SENTENCES = 0.5
"""What the loss over sentences counts, of that over texts."""

COUNTS = {"post": 1.0, "description": 1.0, "proposal": 0.4, "charity": 0.4, "chatter": 0.3}
EXPERT_COUNTS = {"post": 0.1, "description": 1.0, "proposal": 1.0, "charity": 1.0, "chatter": 0.0}
"""What a text counts for the labels of posts, and for those of the expert in other registers (see `pipelines.registers`)."""

_VOICE = 10
"""Texts of one group from which on it is a writer, and no row of a table that stands there twice."""

CHATTER = 500
"""Messages taken, by chance: they are long, and all say the same."""

_SQUARE = (WIDTH, WIDTH)
_PIECES = {"q": _SQUARE, "k": _SQUARE, "v": _SQUARE, "ao": _SQUARE, "fi": (4 * WIDTH, WIDTH), "fo": (WIDTH, 4 * WIDTH)}


@dataclass
class Text:
    """A labelled text as numbers: of each token the sentence it is of (-1: none)."""

    example: Example
    tokens: list[int]
    sentence_of: list[int]
    targets: np.ndarray
    said: np.ndarray | None
    fold: int
    states: slice = field(default_factory=lambda: slice(0))


def read_texts(examples: Sequence[Example], encoder: Encoder) -> list[Text]:
    """The texts with their tokens, labels and folds: voices and rows whole."""
    many = {group for group, texts in Counter(example.group for example in examples).items() if texts >= _VOICE}
    language_of = {example.group: example.language for example in examples if example.group in many}
    voices = [sorted(voice for voice, of in language_of.items() if of == language) for language in LANGUAGES]
    dealt = {voice: number % FOLDS for some in voices for number, voice in enumerate(some)}
    targets = movement_targets(examples)
    targets = np.column_stack([targets, taught_expert(examples, targets)])
    texts = []
    for example, row, pieces in zip(examples, targets, encoder.tokens([parts(example.whole) for example in examples]), strict=True):
        tokens = [0, *(token for piece in pieces for token in piece)][: LONGEST - 1]
        # A text without a sentence, a lone emoji, is one part all the same.
        inside = any(sentences(example.whole))
        owners = [-1, *(number if inside else -1 for number, piece in enumerate(pieces) for _ in piece)][: LONGEST - 1]
        said = sentence_targets([example])[0].reshape(-1, 3) if example.needs is not None else None
        digest = int(hashlib.sha256(example.group.encode()).hexdigest(), 16)
        fold = dealt.get(example.group, digest % FOLDS)
        texts.append(Text(example, [*tokens, 2], [*owners, -1], row, said, fold))
    return texts


class Layer(nn.Module):
    """A layer of the encoder whose weights stay; what is added to them is given."""

    def __init__(self, tensors: dict[str, np.ndarray], number: int) -> None:
        super().__init__()
        for piece, (height, width) in _PIECES.items():
            self.register_buffer(f"{piece}w", torch.tensor(tensors[f"l{number}.{piece}.w"].reshape(height, width)).bfloat16())
            self.register_buffer(f"{piece}b", torch.tensor(tensors[f"l{number}.{piece}.b"]).bfloat16())
        for norm in ("aln", "oln"):
            for kind in "wb":
                self.register_buffer(f"{norm}{kind}", torch.tensor(tensors[f"l{number}.{norm}.{kind}"]).bfloat16())

    def forward(self, states: Tensor, mask: Tensor, changes: dict[str, Tensor]) -> Tensor:
        """States of the next layer."""

        def linear(piece: str, values: Tensor) -> Tensor:
            weight = getattr(self, f"{piece}w")
            return F.linear(values, weight + changes[piece] if changes else weight) + getattr(self, f"{piece}b")

        def heads(values: Tensor) -> Tensor:
            return values.view(*states.shape[:2], HEADS, WIDTH // HEADS).transpose(1, 2)

        def norm(name: str, values: Tensor) -> Tensor:
            return F.layer_norm(values, (WIDTH,), getattr(self, f"{name}w"), getattr(self, f"{name}b"), 1e-12)

        attended = F.scaled_dot_product_attention(*(heads(linear(piece, states)) for piece in "qkv"), attn_mask=mask)
        states = norm("aln", linear("ao", attended.transpose(1, 2).reshape(states.shape)) + states)
        return norm("oln", linear("fo", F.gelu(linear("fi", states))) + states)


def attention_mask(mask: Tensor) -> Tensor:
    """What is added where a token must not be looked at."""
    return torch.zeros(len(mask), 1, 1, mask.shape[1]).masked_fill(~mask[:, None, None, :], -1e4).bfloat16()


@torch.no_grad()
def lower_states(texts: Sequence[Text], tensors: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """What the lower layers make of all tokens, kept on the disk; each text is told where its own are."""
    layers = [Layer(tensors, number) for number in range(LOWER)]
    words = torch.tensor(tensors["emb.word"].reshape(-1, WIDTH)).bfloat16()
    places = torch.tensor(tensors["emb.pos"].reshape(-1, WIDTH) + tensors["emb.type"].reshape(-1, WIDTH)[0]).bfloat16()
    norm = torch.tensor(tensors["emb.ln.w"]), torch.tensor(tensors["emb.ln.b"])
    states = np.lib.format.open_memmap(path, "w+", np.float16, (sum(len(text.tokens) for text in texts), WIDTH))
    at = 0
    for batch in batches(sorted(texts, key=lambda text: len(text.tokens))):
        tokens, mask, _ = padded(batch)
        embedded = (words[tokens] + places[: tokens.shape[1]]).float()
        found = F.layer_norm(embedded, (WIDTH,), *norm, 1e-12).bfloat16()
        for layer in layers:
            found = layer(found, attention_mask(mask), {})
        for text, row in zip(batch, found.float().numpy(), strict=True):
            text.states = slice(at, at + len(text.tokens))
            states[text.states] = row[: len(text.tokens)]
            at = text.states.stop
    return states


def batches(texts: Sequence[Text]) -> Iterator[Sequence[Text]]:
    """So many at a time."""
    return (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))


def padded(batch: Sequence[Text]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, whether there is one, and the sentence each is of: texts x tokens."""
    longest = max(len(text.tokens) for text in batch)
    tokens, sentences = torch.ones(len(batch), longest, dtype=torch.long), torch.full((len(batch), longest), -1)
    mask = torch.zeros(len(batch), longest, dtype=torch.bool)
    for row, text in enumerate(batch):
        tokens[row, : len(text.tokens)] = torch.tensor(text.tokens)
        sentences[row, : len(text.tokens)] = torch.tensor(text.sentence_of)
        mask[row, : len(text.tokens)] = True
    return tokens, mask, sentences


def unit(vectors: Tensor) -> Tensor:
    """Of length one."""
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-6)


class Upper(nn.Module):
    """The upper layers with their changes, and the heads."""

    mean: Tensor

    def __init__(self, tensors: dict[str, np.ndarray], labels: int) -> None:
        super().__init__()
        self.layers = [Layer(tensors, number) for number in range(LOWER, LAYERS)]
        self.changes = nn.ModuleList(
            nn.ParameterDict(
                {
                    f"{piece}{kind}": nn.Parameter(value)
                    for piece, (height, width) in _PIECES.items()
                    for kind, value in (("wide", torch.randn(RANK, width) / math.sqrt(width)), ("tall", torch.zeros(height, RANK)))
                }
            )
            for _ in self.layers
        )
        self.texts, self.sentences = nn.Linear(WIDTH, labels), nn.Linear(2 * WIDTH, 3)
        for head, bias in ((self.texts, -3.0), (self.sentences, -2.0)):
            nn.init.zeros_(head.weight)
            nn.init.constant_(head.bias, bias)
        self.register_buffer("mean", torch.zeros(WIDTH))

    def states(self, lower: np.ndarray, batch: Sequence[Text], mask: Tensor) -> Tensor:
        """The last states of a batch, texts x tokens x width."""
        found = torch.zeros(*mask.shape, WIDTH, dtype=torch.bfloat16)
        for row, text in enumerate(batch):
            found[row, : len(text.tokens)] = torch.tensor(np.asarray(lower[text.states], np.float32)).bfloat16()
        for layer, learnt in zip(self.layers, self.changes, strict=True):
            changes = {piece: (SCALE * (learnt[f"{piece}tall"] @ learnt[f"{piece}wide"])).bfloat16() for piece in _PIECES}
            found = layer(found, attention_mask(mask), changes)
        return found.float()

    def forward(self, lower: np.ndarray, batch: Sequence[Text]) -> tuple[Tensor, Tensor]:
        """Log-odds of texts x labels, and of all their sentences x needs, offers and asks."""
        _, mask, sentence_of = padded(batch)
        states = self.states(lower, batch, mask)
        wholes = unit(pooled(states, mask)) - self.mean
        counts = torch.tensor([max(text.sentence_of, default=-1) + 1 for text in batch])
        first = torch.cumsum(counts, 0) - counts
        inside = sentence_of >= 0
        owner = (sentence_of + first[:, None])[inside]
        sums = torch.zeros(int(counts.sum()), WIDTH).index_add(0, owner, states[inside])
        each = torch.cat([unit(sums) - self.mean, wholes[torch.repeat_interleave(torch.arange(len(batch)), counts)]], 1)
        drop = DROPOUT if self.training else 0.0
        return self.texts(F.dropout(wholes * SHARPNESS, drop)), self.sentences(F.dropout(each * SHARPNESS, drop))


def pooled(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over the tokens of each text."""
    there = mask[:, :, None].float()
    return (states * there).sum(1) / there.sum(1)


def labels() -> tuple[str, ...]:
    """What the head of texts tells: as a post, and as the expert in other registers has it."""
    ids = load_taxonomy().ids
    return (*ids, INITIATIVE, SELF_ORGANISED, *map(expert, (*ids, SELF_ORGANISED)))


@cache
def counts_of(register: str) -> list[float]:
    """What a text of a register counts for each of these labels."""
    of_posts = len(load_taxonomy().ids) + 2
    return [COUNTS[register]] * of_posts + [EXPERT_COUNTS[register]] * (len(labels()) - of_posts)


def loss_of(model: Upper, lower: np.ndarray, batch: Sequence[Text]) -> Tensor:
    """Over texts as they count, and over the sentences of those of which they are labelled, by text."""
    of_texts, of_sentences = model(lower, batch)
    targets = torch.tensor(np.array([text.targets for text in batch])).float()
    known = ~torch.isnan(targets)
    counts = torch.tensor([counts_of(text.example.register) for text in batch])
    loss = (F.binary_cross_entropy_with_logits(of_texts[known], targets[known], reduction="none") * counts[known]).sum()
    lengths = [max(text.sentence_of, default=-1) + 1 for text in batch]
    labelled = torch.tensor(np.repeat([text.said is not None for text in batch], lengths))
    if labelled.any():
        said = np.concatenate([text.said[:length] for text, length in zip(batch, lengths, strict=True) if text.said is not None])
        truth = torch.tensor(said).float()
        loss = loss + SENTENCES * F.binary_cross_entropy_with_logits(of_sentences[labelled], truth, reduction="sum")
    return loss / len(batch)


def fit(model: Upper, lower: np.ndarray, texts: Sequence[Text]) -> None:
    """Train on the texts, in batches of much the same length."""
    chance = np.random.default_rng(SEED)
    with torch.no_grad():
        some = [texts[at] for at in chance.choice(len(texts), min(len(texts), 6 * BATCH), replace=False)]
        means = [unit(pooled(model.states(lower, batch, mask), mask)) for batch in batches(some) for _, mask, _ in (padded(batch),)]
        model.mean.copy_(torch.cat(means).mean(0))
    learnt = [*model.changes.parameters()]
    heads = [*model.texts.parameters(), *model.sentences.parameters()]
    groups = [{"params": learnt, "weight_decay": 0.01}, {"params": heads, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    steps = EPOCHS * math.ceil(len(texts) / BATCH)
    step = 0
    for _ in range(EPOCHS):
        near = chance.uniform(-12, 12, len(texts))
        order = sorted(range(len(texts)), key=lambda at: len(texts[at].tokens) + near[at])
        dealt = list(batches([texts[at] for at in order]))
        for number in chance.permutation(len(dealt)):
            rate = RATE * min(1, (step + 1) / WARM_UP) * (1 - step / steps)
            for group, factor in zip(optimizer.param_groups, (1, 10), strict=True):
                group["lr"] = rate * factor
            optimizer.zero_grad()
            loss_of(model, lower, dealt[number]).backward()
            nn.utils.clip_grad_norm_([*learnt, *heads], 1.0)
            optimizer.step()
            step += 1


def train(lower: np.ndarray, tensors: dict[str, np.ndarray], texts: Sequence[Text]) -> Upper:
    """A model that has learnt from the texts."""
    torch.manual_seed(SEED)
    model = Upper(tensors, texts[0].targets.size)
    model.train()
    fit(model, lower, texts)
    return model.eval()


@torch.no_grad()
def tell(
    model: Upper,
    lower: np.ndarray,
    texts: Sequence[Text],
    said: dict[int, np.ndarray],
    of_sentences: dict[int, np.ndarray],
) -> None:
    """Keep what a model says of texts that it has not seen, and of their sentences."""
    for batch in batches(texts):
        wholes, each_sentence = model(lower, batch)
        ends = np.cumsum([max(text.sentence_of, default=-1) + 1 for text in batch])
        for text, row, each in zip(batch, wholes.numpy(), np.split(each_sentence.numpy(), ends[:-1]), strict=True):
            said[key(text.example.whole)] = row
            if text.said is not None and len(each) == len(text.said):
                of_sentences[key(text.example.whole)] = each


def train_without(texts: Sequence[Text], lower: Path, fold: int) -> tuple[Adapter, dict[int, np.ndarray], dict[int, np.ndarray]]:
    """An adapter that has not seen a fold, and what it says of its texts and their sentences; on one core, for two are at it."""
    torch.set_num_threads(1)
    states = np.load(lower, mmap_mode="r")
    model = train(states, dict(weights.read(weights.find()).tensors), [text for text in texts if text.fold != fold])
    said: dict[int, np.ndarray] = {}
    of_sentences: dict[int, np.ndarray] = {}
    tell(model, states, [text for text in texts if text.fold == fold], said, of_sentences)
    return as_adapter(model), said, of_sentences


def as_adapter(model: Upper) -> Adapter:
    """The model as the program takes it."""

    def head(labels: tuple[str, ...], linear: nn.Linear) -> Head:
        weights = (linear.weight.detach().numpy().T * SHARPNESS).astype(np.float32)
        return Head(labels, weights, linear.bias.detach().numpy())

    changes = {
        f"l{LOWER + number}.{piece}.w": (
            (SCALE * learnt[f"{piece}tall"]).detach().numpy().astype(np.float16),
            learnt[f"{piece}wide"].detach().numpy().astype(np.float16),
        )
        for number, learnt in enumerate(model.changes)
        for piece in _PIECES
    }
    texts = head(labels(), model.texts)
    return Adapter(changes, model.mean.numpy(), texts, head((NEED, OFFER, ASK), model.sentences))


def mean_of(adapters: Sequence[Adapter]) -> Adapter:
    """The adapter in the middle: changes one beside the other, which adds them up, and all else averaged."""
    changes = {}
    for tensor in adapters[0].changes:
        tall, wide = zip(*(each.changes[tensor] for each in adapters), strict=True)
        halved = np.concatenate(tall, axis=1) / np.float16(len(adapters))
        changes[tensor] = (halved.astype(np.float16), np.concatenate(wide))

    def head(heads: Sequence[Head]) -> Head:
        return Head(heads[0].labels, np.mean([one.weights for one in heads], 0), np.mean([one.bias for one in heads], 0))

    texts, sentences = head([each.texts for each in adapters]), head([each.sentences for each in adapters])
    return Adapter(changes, np.mean([each.mean for each in adapters], 0), texts, sentences)


def spread_as(made: Adapter, of: Sequence[Adapter], unseen: Sequence[str], home: Path) -> Adapter:
    """An adapter whose log-odds of unseen texts have the mean and spread of those of the others: movements alike, others each."""
    said = [log_odds(each, unseen, home) for each in (made, *of)]
    heads = []
    for number, head in enumerate((made.texts, made.sentences)):
        mine, theirs = said[0][number], np.concatenate([each[number] for each in said[1:]])
        movements = load_taxonomy().ids
        alike = [[at for at, label in enumerate(head.labels) if label in some] for some in (movements, {*map(expert, movements)})]
        sets = [columns for columns in (*alike, *([at] for at in range(len(head.labels)) if at not in chain(*alike))) if columns]
        weights, bias = head.weights.copy(), head.bias.copy()
        for columns in sets:
            scale = theirs[:, columns].std() / mine[:, columns].std()
            weights[:, columns] *= scale
            bias[columns] = bias[columns] * scale + theirs[:, columns].mean() - scale * mine[:, columns].mean()
        heads.append(Head(head.labels, weights, bias))
    return Adapter(made.changes, made.mean, *heads)


def log_odds(of: Adapter, unseen: Sequence[str], home: Path) -> tuple[np.ndarray, np.ndarray]:
    """What the encoder with an adapter says of texts, and of all their sentences."""
    name = hashlib.sha256(of.to_bytes()).hexdigest()[:12]
    encoder = Encoder(make_encoder(home / name, print, of), 2)
    read = meanings(encoder, of, unseen)
    vectors = np.array([unpack(meaning.vector) for meaning in read])
    return of.texts.log_odds(vectors), np.concatenate([log_odds_of_sentences(meaning, of.sentences) for meaning in read])


def main() -> None:
    """Train and write both files."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ask.add_argument("--rows", nargs=2, action="append", type=Path, default=[], metavar=("TEXTS", "LABELS"))
    ask.add_argument("--chatter", action="append", type=Path, default=[])
    ask.add_argument("--into", type=Path, default=adapter.FILE.parent)
    given = ask.parse_args()
    chatter = [example for path in given.chatter for example in read_chatter(path)]
    chance = np.random.default_rng(SEED)
    some = [chatter[at] for at in chance.choice(len(chatter), min(len(chatter), CHATTER), replace=False)] if chatter else []
    rows = [example for texts, labels in given.rows for example in read_rows(texts, labels)]
    unseen = [f"{post.title}\n{post.text}" if post.title else post.text for post in load_posts()]
    read = weights.read(weights.find())
    tensors = dict(read.tensors)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(len(HELD_OUT), get_context("spawn")) as pool:
        home = Path(folder)
        texts = read_texts([*read_corpus(), *read_other_registers(), *rows, *some], Encoder(make_encoder(home, print), 2))
        lower_states(texts, tensors, home / "lower.npy")
        trained, told, of_sentences = zip(*pool.map(partial(train_without, texts, home / "lower.npy"), HELD_OUT), strict=True)
        made = spread_as(mean_of(trained), trained, unseen, home)
    said = dict(ChainMap(*told)), dict(ChainMap(*of_sentences))
    record = HeldOut(*said, frozenset(key(text.example.whole) for text in texts))
    (given.into / held_out.FILE.name).write_bytes(record.to_bytes())
    (given.into / adapter.FILE.name).write_bytes(made.to_bytes())


if __name__ == "__main__":
    main()
