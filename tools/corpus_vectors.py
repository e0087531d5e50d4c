"""Makes the vectors of the corpus, `pipelines/corpus/vectors.npz`, with the encoder as it is: `python -m tools.corpus_vectors`.

To be done again when the adapter or the corpus has changed; takes a minute.
"""

from pipelines.adapter import load as load_adapter
from pipelines.corpus_vectors import FILE, to_bytes
from pipelines.examples import read_corpus
from pipelines.held_out import key
from pipelines.vectors import load_encoder, meanings
from tinymovements.settings import load
from tinymovements.workflow.encoder import ready


def main() -> None:
    """Write the file."""
    settings = load(encoder=True)
    folder = ready(settings)
    assert folder is not None
    texts = [example.whole for example in read_corpus()]
    read = meanings(load_encoder(folder, settings.processes), load_adapter(), texts)
    FILE.write_bytes(to_bytes({key(text): meaning.vector for text, meaning in zip(texts, read, strict=True)}))
    print(f"{FILE}: {len(texts):,} vectors")


if __name__ == "__main__":
    main()
