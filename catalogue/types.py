"""Values that cross the door of this room."""

from typing import NamedTuple


class Merged(NamedTuple):
    """What a merge of staged products did. The three add up to the rows that were staged."""

    created: int
    updated: int
    unchanged: int
