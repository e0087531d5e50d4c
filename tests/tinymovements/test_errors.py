"""The tree of errors is the one that its docstring draws."""

import re

from tinymovements import errors
from tinymovements.errors import TinyMovementsError


def _tree(root: type[TinyMovementsError]) -> set[type[TinyMovementsError]]:
    return {root}.union(*(_tree(child) for child in root.__subclasses__()))


def test_the_docstring_draws_every_error_with_its_codes() -> None:
    drawn = {match[1]: (int(match[2]), int(match[3])) for match in re.finditer(r"(\w+)\s+(\d)\s+(\d{3})\b", errors.__doc__ or "")}
    real = {error.__name__: (error.exit_code, error.status) for error in _tree(TinyMovementsError)}
    assert drawn == real


def test_an_error_says_what_happened_and_what_to_do() -> None:
    assert str(TinyMovementsError("It broke.", "Mend it.")) == "It broke. Mend it."
    assert str(TinyMovementsError("It broke.")) == "It broke."
