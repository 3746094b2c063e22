"""The lexicon behind `domain.words.understanding`: groups of phrases and the rules that weigh them.

``bot/configuration/defaults/lexicon.toml`` is the lexicon that every street begins with; its head
explains the tables. All of it is data, so that an office can add the words of its region.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeGuard

from domain.categories import Kind
from domain.words.phrases import Phrases
from domain.words.plaintext import plain_text


class Guess(StrEnum):
    """What a sentence may be; where two are equally likely, the earlier one goes first."""

    CONDUCT = "conduct"
    """A complaint about the conduct of an official or of staff."""
    EMERGENCY = "emergency"
    STATUS = "status"
    """The writer asks about a case of their own."""
    QUESTION = "question"
    """An enquiry (咨询): hours, telephone, who, where, how, how much; nothing is to be done yet."""
    SERVICE = "service"
    DISPUTE = "dispute"
    OPINION = "opinion"
    HUMAN = "human"
    """The writer wants a person, or a phone number."""
    HELP = "help"
    GREETING = "greeting"
    THANKS = "thanks"
    """Thanks, praise, goodbye."""
    UNSURE = "unsure"

    @property
    def kind(self) -> Kind | None:
        """The kind of matter to file at once, if the guess is one; a question is answered first."""
        return Kind(self.value) if self in ORDINARY else None


#: The readings that become a case.
ORDINARY = (Guess.SERVICE, Guess.DISPUTE, Guess.OPINION)


class Danger(StrEnum):
    """What calls for an emergency number before anything else; the lexicon has the numbers."""

    FIRE = "fire"
    """Fire, gas, explosion; somebody trapped, buried or drowning."""
    CHILD = "child"
    """Harm to a child: reported, never mediated. Source: 未成年人保护法 (2024), article 11."""
    FAMILY = "family"
    """Violence among adults who live together or did: no mediation. Source: 反家庭暴力法, 2, 37."""
    SELF_HARM = "self_harm"
    HEALTH = "health"
    TRAFFIC = "traffic"
    CRIME = "crime"
    """Crime and violence. Source for persons without full capacity: 反家庭暴力法, article 14."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Evidence: phrases of all its groups near each other speak for a reading or a danger."""

    says: Guess | Danger
    weight: float
    groups: tuple[str, ...]
    within: int = 12
    """Characters between the phrase of one group and that of the next, in one sentence."""
    ordered: bool = False
    """The groups stand in this order."""
    unless: tuple[str, ...] = ()
    """Groups of which one phrase anywhere in the text silences the rule."""
    alone: bool = False
    """The text holds nothing but the rule's phrases and fillers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Denial:
    """What takes a phrase back: a denying phrase close to it in the same clause."""

    groups: tuple[str, ...]
    by: str
    within: int = 0
    """Characters between the two."""
    after: bool = False
    """The denying phrase follows ("fire drill") instead of going before ("no fire")."""
    unless: str | None = None
    """A group of which one phrase anywhere in the text restores it ("last year, and now")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """From which sums on something holds."""

    sure: float
    """The least sum to be sure of a complaint about conduct."""
    doubt: float
    """The least sum from which a sentence may be a conduct complaint."""


_LIMITS = ("sure", "doubt")


@dataclass(frozen=True)
class Lexicon:
    """Compiled phrases and rules; built once by `lexicon_from`."""

    limits: Limits
    phrases: Phrases
    rules: tuple[Rule, ...]
    denials: tuple[Denial, ...]
    numbers: Mapping[Danger, tuple[str, ...]]
    """Which numbers a danger shows, the first one first."""

    @cached_property
    def rules_by_group(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules by their first group."""
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            found[rule.groups[0]].append(rule)
        return {group: tuple(rules) for group, rules in found.items()}

    @cached_property
    def denials_by_group(self) -> Mapping[str, tuple[Denial, ...]]:
        """The denials by the groups that they take back."""
        found: dict[str, list[Denial]] = defaultdict(list)
        for denial in self.denials:
            for group in denial.groups:
                found[group].append(denial)
        return {group: tuple(denials) for group, denials in found.items()}


#: Groups with a task of their own, which every lexicon has.
MASK = "mask"
"""Phrases within which no other phrase counts: in "火锅" there is no fire."""
FILLER = "filler"
"""What may stand beside a greeting without making it a request."""
HURRY = "hurry"
PRESSING = "pressing"


def lexicon_from(mapping: Mapping[str, Any]) -> Lexicon:
    """Compile a lexicon from its tables.

    Args:
        mapping: as a TOML file gives it; the head of the default one explains the tables.

    Raises:
        ValueError: with every problem of the mapping, one a line.
    """
    found: list[str] = [f"{key}: unknown table" for key in mapping if key not in _TABLES]
    groups = _groups(mapping.get("groups"), found)
    limits = _positives("limits", mapping.get("limits"), _LIMITS, found)
    rules = tuple(_rules(mapping.get("rule", ()), groups, found))
    denials = tuple(_denials(mapping.get("denial", ()), groups, found))
    numbers = _numbers(mapping.get("numbers"), found)
    phrases = _phrases(groups, found)
    if found:
        raise ValueError("\n".join(found))
    return Lexicon(Limits(**limits), phrases, rules, denials, numbers)


_TABLES = ("limits", "groups", "rule", "denial", "numbers")


def _groups(table: object, found: list[str]) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(table, Mapping):
        found.append("groups: a table of lists of phrases is needed")
        return {}
    groups = {}
    for name, phrases in table.items():
        if _are_words(phrases):
            groups[name] = tuple(plain_text("\n".join(phrases)).split("\n"))
        else:
            found.append(f"groups.{name}: a list of phrases is needed")
    needed = (MASK, FILLER, HURRY, PRESSING)
    found += [f"groups.{name}: is missing" for name in needed if name not in table]
    return groups


def _phrases(groups: Mapping[str, tuple[str, ...]], found: list[str]) -> Phrases:
    listed = [(group, phrase) for group, phrases in groups.items() for phrase in phrases]
    try:
        return Phrases(listed)
    except ValueError:
        # Slowly now, to name each of the wrong ones.
        for group, phrase in listed:
            try:
                Phrases([(group, phrase)])
            except ValueError as error:
                found.append(f"groups.{group}: {error}")
    return Phrases(())


def _positives(
    name: str, table: object, wanted: Sequence[str], found: list[str]
) -> Mapping[str, float]:
    if not isinstance(table, Mapping) or set(table) != set(wanted):
        found.append(f"{name}: exactly {', '.join(wanted)} are needed")
        return {}
    found += [
        f"{name}.{key}: a positive number is needed"
        for key, value in table.items()
        if not _is_positive(value)
    ]
    return table


def _rules(
    tables: Iterable[Mapping[str, Any]], groups: Mapping[str, object], found: list[str]
) -> Iterable[Rule]:
    outcomes: dict[str, Guess | Danger] = {danger.value: danger for danger in Danger}
    # An emergency follows from its dangers, and unsure from nothing.
    derived = (Guess.EMERGENCY, Guess.UNSURE)
    outcomes |= {guess.value: guess for guess in Guess if guess not in derived}
    for position, table in enumerate(tables, start=1):
        place = f"rule {position}"
        wrong = _strangers(place, table, Rule.__slots__)
        if table.get("says") not in outcomes:
            wrong.append(f"{place}: says must be one of {', '.join(outcomes)}")
        if not _is_positive(table.get("weight")):
            wrong.append(f"{place}: weight must be a positive number")
        wrong += _unknown_groups(place, table.get("groups", ()), groups)
        wrong += _unknown_groups(place, table.get("unless", (MASK,)), groups)
        wrong += _misshapen(place, table)
        found += wrong
        if not wrong:
            given = dict(table, says=outcomes[table["says"]], groups=tuple(table["groups"]))
            given["unless"] = tuple(table.get("unless", ()))
            yield Rule(**given)


def _denials(
    tables: Iterable[Mapping[str, Any]], groups: Mapping[str, object], found: list[str]
) -> Iterable[Denial]:
    for position, table in enumerate(tables, start=1):
        place = f"denial {position}"
        wrong = _strangers(place, table, Denial.__slots__)
        wrong += _unknown_groups(place, table.get("groups", ()), groups)
        wrong += _unknown_groups(place, (table.get("by", ""),), groups)
        if "unless" in table:
            wrong += _unknown_groups(place, (table["unless"],), groups)
        wrong += _misshapen(place, table)
        found += wrong
        if not wrong:
            yield Denial(**dict(table, groups=tuple(table["groups"])))


def _numbers(table: object, found: list[str]) -> Mapping[Danger, tuple[str, ...]]:
    given = table if isinstance(table, Mapping) else {}
    numbers = {}
    for danger in Danger:
        listed = given.get(danger.value)
        if _are_words(listed) and listed:
            numbers[danger] = tuple(listed)
        else:
            found.append(f"numbers.{danger.value}: a list of phone numbers is needed")
    found += [f"numbers.{name}: is not a danger" for name in given if name not in set(Danger)]
    return numbers


def _strangers(place: str, table: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    known = set(fields)
    return [f"{place}: {key} is not known" for key in table if key not in known]


def _misshapen(place: str, table: Mapping[str, Any]) -> list[str]:
    flags = ("ordered", "alone", "after")
    wrong = [
        f"{place}: {flag} is true or false"
        for flag in flags
        if not isinstance(table.get(flag, False), bool)
    ]
    within = table.get("within", 0)
    if not isinstance(within, int) or isinstance(within, bool) or within < 0:
        wrong.append(f"{place}: within is a number of characters")
    return wrong


def _unknown_groups(place: str, named: object, groups: Mapping[str, object]) -> list[str]:
    if not _are_words(named) or not named:
        return [f"{place}: a list of groups is needed"]
    return [f"{place}: there is no group {name!r}" for name in named if name not in groups]


def _are_words(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(
        isinstance(word, str) and word.strip() for word in value
    )


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
