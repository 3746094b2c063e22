"""Documents on which rules rest: who issued which, when, in which version. Requirement G-10.

What they are is the office's data: Linli brings along those of its own defaults, and an office
adds its documents, and later versions of any, to its configuration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.messages import Text, text
from domain.names import named
from domain.words.numerals import chinese_number

#: The document that says where the defaults come from for which there is no other.
DEFAULTS = "linli_defaults"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One version of a document; what is not known of it is left out."""

    id: str
    """By which rules cite it; all its versions have the same."""
    title: str
    title_en: str = ""
    issuer: str
    issuer_en: str = ""
    number: str = ""
    dated: date | None = None
    version: str
    in_force_from: date | None = None
    until: date | None = None
    """The last day on which it holds; None for one that nobody has ended."""

    def holds(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        begun = self.in_force_from is None or self.in_force_from <= day
        return begun and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document: what a rule or a refusal rests on."""

    document: str
    article: str = ""
    """A number, or several as people write them: 12–15, 23."""
    says: Text | None = None
    """In a few words what stands there."""


@dataclass(frozen=True)
class Policies:
    """Every version of every document."""

    documents: tuple[Policy, ...] = ()

    def versions(self, document: str) -> tuple[Policy, ...]:
        """Give the versions of a document, the one that came into force first in front."""
        found = [one for one in self.documents if one.id == document]
        return tuple(sorted(found, key=lambda one: (one.in_force_from or date.min, one.version)))

    def in_force(self, document: str, day: date) -> Policy | None:
        """Find the version that holds on a day; None where none does, or there is no such one."""
        holding = [one for one in self.versions(document) if one.holds(day)]
        return holding[-1] if holding else None

    def shown(self, document: str, day: date) -> Policy | None:
        """Find the version to name: the one in force, else the newest that had begun, else any."""
        every = self.versions(document)
        begun = [
            one for one in every if one.in_force_from is None or one.in_force_from <= day
        ] or every
        return self.in_force(document, day) or (begun[-1] if begun else None)

    def cited(self, citation: Citation, day: date) -> Text:
        """Name a document and the place in it, as a refusal does."""
        found = self.shown(citation.document, day)
        title = named(found.title, found.title_en) if found else named(citation.document)
        fields = {"title": title, "article": _article(citation.article)}
        key = "article" if citation.article else "whole"
        said = text(f"policies.{key}", **fields)
        return (
            said if citation.says is None else text("policies.says", cited=said, what=citation.says)
        )

    def described(self, citation: Citation, day: date) -> Text:
        """Name it with its issuer, number, date and version, as far as they are known."""
        found = self.shown(citation.document, day)
        cited = self.cited(citation, day)
        if found is None:
            return text("policies.unknown", cited=cited)
        return text("policies.described", cited=cited, about=tuple(_about(found, day)))


def _about(policy: Policy, day: date) -> Iterator[Text]:
    yield text("policies.issuer", issuer=named(policy.issuer, policy.issuer_en))
    if policy.number:
        yield text("policies.number", number=policy.number)
    if policy.dated is not None:
        yield text("policies.dated", day=policy.dated.isoformat())
    yield text("policies.version", version=policy.version)
    if policy.in_force_from is not None:
        yield text("policies.since", day=policy.in_force_from.isoformat())
    if not policy.holds(day):
        ended = policy.until is not None and policy.until < day
        yield text("policies.over" if ended else "policies.not_yet")


def _article(given: str) -> Text:
    chinese = chinese_number(int(given)) if given.isdecimal() else given
    return named(chinese, given)
