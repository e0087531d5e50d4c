"""How an index lies on several machines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """How an index is to lie; None: as it does."""

    shards: int | None = None
    replicas: int | None = None
    by_year: bool | None = None
    """Whether the posts of each year lie apart."""

    def over(self, other: "Layout") -> "Layout":
        """This one, and where it says nothing the other one."""
        return Layout(
            shards=other.shards if self.shards is None else self.shards,
            replicas=other.replicas if self.replicas is None else self.replicas,
            by_year=other.by_year if self.by_year is None else self.by_year,
        )


AS_IT_LIES = Layout()
"""Nothing is asked for."""
