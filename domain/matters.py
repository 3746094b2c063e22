"""The life of any case."""

from enum import StrEnum


class Kind(StrEnum):
    """What a matter is; conduct complaints are not among them: they never enter this ladder."""

    OPINION = "opinion"
    SERVICE = "service"
    DISPUTE = "dispute"
