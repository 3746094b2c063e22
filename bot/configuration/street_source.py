"""The office as the domain sees it: built from the configuration, renewed when it changes."""

from datetime import datetime, time, timedelta
from enum import StrEnum

import structlog

from bot.channels.telegram.network import Network
from bot.configuration.law_data import (
    default_categories,
    default_lexicon,
    default_model,
    default_sayings,
    model_fingerprint,
    policies,
    rule_book,
    work_calendar,
)
from bot.configuration.rules.book import RuleBook
from bot.configuration.settings import Settings
from bot.words.wording import LOCAL_TIME
from domain.categories import Categories
from domain.organisation import Organisation
from domain.rules import LegalHold
from domain.street import Office, Street
from domain.switches import SwitchDefault, Switches
from domain.words.lexicon import Lexicon
from domain.words.model import Model
from domain.words.supplement import supplement_from
from domain.working_time import WorkCalendar
from scheduler.jobs import Daily, Hours, Weekly
from storage import organisation as stored
from storage.categories import load_categories
from storage.database import Tx
from storage.supplements import Kept, find_supplement
from storage.switches import list_switches
from storage.work_calendars import list_years

log = structlog.get_logger()


def network_of(settings: Settings) -> Network:
    """Give the way to Telegram that is configured."""
    telegram = settings.telegram
    return Network(proxy=telegram.proxy.get_secret_value(), ca_file=telegram.ca_file)


def hours_of(settings: Settings) -> Hours:
    """Give when the office wants its weekly digests, summaries and the nightly housekeeping."""
    staff, residents = settings.digests.staff, settings.digests.residents
    return Hours(
        staff=Weekly(staff.weekday.number, staff.time),
        residents=Weekly(residents.weekday.number, residents.time),
        housekeeping=Daily(time(3, 30)),
    )


class StreetSource:
    """Gives the street as it stands; reloads it when units, posts or the day have changed."""

    def __init__(self, settings: Settings, categories: Categories | None = None) -> None:
        """Build what does not change while Linli runs.

        Raises:
            ConfigurationError: the calendar cannot be built.
        """
        self._settings = settings
        self._default = categories or default_categories()
        self._categories: Categories = self._default
        self._lexicon: Lexicon = default_lexicon()
        self._model: Model = default_model()
        self._supplement: Model | None = None
        self._refused: Unusable | None = None
        self._calendar: WorkCalendar = work_calendar(settings)
        self._book: RuleBook = rule_book(settings)
        self._policies = policies(settings)
        self._switch_defaults = {
            name: SwitchDefault(on=table.on, except_in=frozenset(table.except_in))
            for name, table in settings.features.items()
        }
        self._street: Street | None = None
        self._key: tuple[int, object] | None = None

    async def current(self, tx: Tx, now: datetime) -> Street:
        """Give the street; one small query where nothing changed.

        Until a transaction that writes ends, no other process changes the organisation.
        """
        if tx.writes:
            await stored.hold(tx)
        version = await stored.version(tx)
        key = (version, now.astimezone(LOCAL_TIME).date())
        if self._street is None or self._key != key:
            organisation = await stored.load(tx)
            self._calendar = work_calendar(self._settings, await list_years(tx))
            own = await load_categories(tx)
            self._categories = own.after(self._default) if own else self._default
            self._take_up(await find_supplement(tx))
            self._street = Street(
                self.office(organisation, now),
                organisation,
                Switches(tuple(await list_switches(tx)), self._switch_defaults),
            )
            self._key = key
        return self._street

    def _take_up(self, kept: Kept | None) -> None:
        """Use what the office taught; where that cannot be, what Linli brings along alone."""
        self._supplement, said = read_supplement(kept)
        if said and said != self._refused:
            log.warning("words.supplement_refused", reason=said.value)
        self._refused = said

    def office(self, organisation: Organisation, now: datetime) -> Office:
        """Build the office with the rules of a day."""
        settings = self._settings
        day = now.astimezone(LOCAL_TIME).date()
        communities = self._book.communities & organisation.units.keys()
        contacts = settings.contacts
        return Office(
            categories=self._categories,
            lexicon=self._lexicon,
            model=self._model,
            supplement=self._supplement,
            sayings=default_sayings(),
            calendar=self._calendar,
            rules=self._book.given(day),
            community_rules={code: self._book.given(day, code) for code in communities},
            quiet=settings.quiet_hours,
            timezone=LOCAL_TIME,
            notice_version=settings.privacy.notice_version,
            phone=contacts.office_phone,
            public_phones=contacts.public_phones,
            conduct_contact=contacts.conduct_phone or contacts.conduct_upper_phone,
            retention=timedelta(days=settings.privacy.retention_days),
            legal_holds=tuple(
                LegalHold(
                    kind=hold.kind,
                    after_closing=timedelta(days=hold.after_closing_days),
                    source=hold.source,
                )
                for hold in settings.privacy.legal_holds
            ),
            webhooks=tuple(
                table.webhook(name) for name, table in sorted(settings.webhooks.items())
            ),
            policies=self._policies,
            demo=settings.demo,
        )


class Unusable(StrEnum):
    """Why a supplement that is kept is not used."""

    CHANGED = "it was changed, or sealed with a key that is not in the key file"
    OTHER_VERSION = "it was trained for another version of Linli"
    NONE_SUCH = "its content is none that linli train writes"


def read_supplement(kept: Kept | None) -> tuple[Model | None, Unusable | None]:
    """Read a supplement that is kept; give it, or why it is not used; neither where there is none.

    Refused is what cannot be opened or read, and what was trained on top of another model: what it
    adds makes no sense elsewhere.
    """
    if kept is None:
        return None, None
    if kept.content is None:
        return None, Unusable.CHANGED
    if kept.base != model_fingerprint():
        return None, Unusable.OTHER_VERSION
    try:
        return supplement_from(kept.content), None
    except ValueError:
        return None, Unusable.NONE_SUCH
