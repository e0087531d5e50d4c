"""The gate: what may not be kept never reaches a disk. Authors become pseudonyms, contacts and names become placeholders."""

from tinymovements.privacy.gate import Gate
from tinymovements.privacy.key import load_key

__all__ = ["Gate", "load_key"]
