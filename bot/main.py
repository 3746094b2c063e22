"""Puts Linli together and runs it: channels, intake, senders, fetcher and clock.

One process does all of it, or several share it on PostgreSQL (`docs/operations.md`). What only one
process may do is leased; what one has written it signals to the others.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Set
from datetime import timedelta
from functools import partial

import structlog
from aiohttp import web

from bot.channels.ports import ChannelError, Driver, TryLater
from bot.channels.telegram.driver import TelegramDriver
from bot.channels.telegram.updates import Poller, webhook_handler, webhook_path
from bot.channels.telegram.webhook import Webhook, webhook_secret
from bot.channels.web.connection_limits import OWN_DESCRIPTORS, raise_descriptors, served
from bot.channels.web.invitation_sign import InvitationSigns
from bot.channels.web.ports import OfficeSign
from bot.channels.web.server import WebDriver, make_app
from bot.channels.web.sockets import Sockets
from bot.channels.web.store import TableWebStore, UploadLimits
from bot.channels.web.ticket_desk import Desk
from bot.channels.web.work_list import WorkLists
from bot.configuration.problems import ConfigurationError, Problem
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource, hours_of
from bot.configuration.tables import Duty
from bot.demonstration import history
from bot.demonstration.simulation import BeginAnew, Simulation, clear, may_begin_anew
from bot.operations.calendar import apply_known_holidays
from bot.operations.clock import Clock
from bot.operations.databases import opened
from bot.operations.file_lock import Occupied, file_lock_of
from bot.operations.from_settings import (
    budget_of,
    doors_of,
    flood_gate,
    handler_of,
    patience_of,
    telegram_drivers,
)
from bot.operations.health import WEBHOOK, Health
from bot.operations.metrics import Metrics
from bot.operations.numbering import settle_numbers
from bot.operations.teaching import renew
from bot.operations.webhooks import webhook_drivers
from bot.pages.page import Means as PageMeans
from bot.pages.page import ToolContact
from bot.pages.site import Site
from bot.traffic.copy_writer import CopyWriter
from bot.traffic.fetcher import Fetcher
from bot.traffic.intake import Intake
from bot.traffic.media.decoder import Media
from bot.traffic.paper_writer import PaperWriter, either
from bot.traffic.sender import Sender
from bot.traffic.unreachable import tell_administrator
from bot.words.wording import wording_for
from domain.errors import StorageError
from domain.messages import Channel, Side
from domain.organisation import Organisation
from domain.people import Purpose
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.attachments import FETCHER
from storage.database import Database
from storage.files import FileStore
from storage.leases import Leases
from storage.people import phone_for
from storage.signals import Signal, Signals

log = structlog.get_logger()

#: How often a worker looks for itself whether something has arrived, should a signal be lost.
LOOK_EVERY = timedelta(seconds=5)
#: Seconds until Telegram is asked again to take a bot's set-up; doubled up to a minute.
FIRST_PAUSE = 1.0
#: How often the only worker does: an operator may have asked for something to be tried again.
LOOK_RARELY = timedelta(seconds=30)
#: How many messages to pages are on their way at once: they wait for nobody but a commit.
WEB_IN_FLIGHT = 500
#: How often the office's name is read again.
SIGN_SECONDS = 60.0


class Linli:
    """Everything that runs: made by `started`, stopped when that ends."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        duties: Collection[Duty] = frozenset(Duty),
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.duties = duties
        self.signals = Signals(database, self._hear)
        self.leases = Leases(database)
        self.source = StreetSource(settings)
        self.files = FileStore(settings.data_dir, database.keyring)
        self.media = Media()
        self.telegram = telegram_drivers(settings, clock.now)
        self.webhooks: dict[str, Webhook] = {}
        self.web_store = TableWebStore(
            database,
            self.files,
            self.source,
            clock.now,
            limits=UploadLimits(
                total_bytes=settings.web.uploads_max_bytes,
                free_bytes=settings.web.disk_free_min_bytes,
            ),
        )
        self.drivers: dict[str, Driver] = {one.bot: one for one in self.telegram.values()}
        self.senders: dict[str, Sender] = {}
        self._sign = OfficeSign(name="Linli")
        self.intake = Intake(
            database,
            self.drivers,
            self.source,
            clock.now,
            handler_of(settings),
            batch_max=settings.intake.batch_max,
            floods=flood_gate(settings, clock.now),
            look_every=LOOK_RARELY if database.is_sqlite else LOOK_EVERY,
            after_store=lambda: self.signals.tell(Signal.ARRIVED),
            after_commit=self._wake_some,
        )
        self.fetcher = Fetcher(
            database,
            self.drivers,
            self.files,
            clock.now,
            media=self.media,
            copies=either(
                CopyWriter(
                    database,
                    self.files,
                    self.source,
                    clock.now,
                    public_url=settings.web.public_url,
                ).write,
                PaperWriter(database, self.files, self.source, clock.now).write,
            ),
            after_fetch=self.wake,
        )

        self._descriptors = raise_descriptors() - OWN_DESCRIPTORS
        self.pages = Sockets(
            self.web_store,
            self.intake,
            clock.now,
            demo=settings.demo,
            # Each page may fetch a picture or send one at the same time.
            pages_max=min(settings.web.pages_max, self._descriptors // 2),
            clock=clock.seconds,
        )
        database.after_end = self._end
        database.after_erasure = self._erase
        for side in Side:
            driver = WebDriver(side, self.pages)
            self.drivers[driver.bot] = driver

        self.ticker = Ticker(
            Means(
                database=database,
                street=self.source.current,
                files=self.files,
                hours=hours_of(settings),
                say=lambda words, language: wording_for(language).text(words),
                renew=partial(renew, database, self.source),
            ),
            clock.now,
            wake=self.wake,
            spare=self.intake.spare,
        )
        self.demo: Simulation | None = None
        if settings.demo and not self.telegram:
            self.demo = Simulation(
                database,
                self.source,
                clock,
                self.ticker,
                self.wake,
                may_begin_anew=may_begin_anew(settings),
            )

        self.hooks = webhook_drivers(settings, self._phone_for_texts)

    async def _phone_for_texts(self, person: str) -> str:
        """Give the number at which somebody agreed to get text messages, as of now."""
        async with self.database.read() as tx:
            return await phone_for(tx, Purpose.TEXTS, person)

    def make_senders(self) -> None:
        """Give every bot that is this process's duty its sender."""
        for bot, driver in self.drivers.items():
            on_web = bot.startswith(Channel.WEB)
            if (Duty.WEB if on_web else Duty.SENDER) not in self.duties:
                continue
            self.senders[bot] = Sender(
                self.database,
                driver,
                self.files,
                self.clock.now,
                patience=patience_of(self.settings),
                # A page drops what it shows already, so a crash may repeat more there.
                in_flight_max=WEB_IN_FLIGHT if on_web else self.settings.sender.in_flight_max,
                budget=None if on_web else budget_of(self.settings),
                human_line=self.settings.contacts.office_phone,
                after_sent=self._tell_shown if on_web else None,
            )

        for bot, hook in self.hooks.items() if Duty.SENDER in self.duties else ():
            name = bot.partition(".")[2]
            self.senders[bot] = Sender(
                self.database,
                hook,
                self.files,
                self.clock.now,
                patience=patience_of(self.settings),
                in_flight_max=1,
                budget=self.settings.webhooks[name].budget(),
                after_dead=partial(tell_administrator, name),
            )

    def wake(self) -> None:
        """Something new may be there to send or to fetch, here or in another process."""
        self._wake_own()
        self.signals.tell(Signal.WRITTEN)

    def _wake_some(self, bots: Set[str]) -> None:
        """Something new is there to send by some bots, or to fetch."""
        for bot in bots & self.senders.keys():
            self.senders[bot].wake()
        if FETCHER in bots:
            self.fetcher.wake()
        self.signals.tell(Signal.WRITTEN)

    def _wake_own(self) -> None:
        for sender in self.senders.values():
            sender.wake()
        self.fetcher.wake()

    def _tell_shown(self, sent: Iterable[tuple[str, int]]) -> None:
        """Let processes that hold other pages of the same accounts show it there too."""
        self.signals.tell(Signal.SHOWN, (f"{account}:{row}" for account, row in sent))

    def _end(self, accounts: Iterable[str]) -> None:
        """Sessions of accounts are over: close their pages, here and in other processes."""
        self.pages.end(accounts)
        self.signals.tell(Signal.ENDED, accounts)

    def _erase(self, rows: Iterable[tuple[str, int]]) -> None:
        """What pages show was erased: they begin anew, here and in other processes."""
        self.pages.erase(rows)
        self.signals.tell(Signal.ERASED, (f"{account}:{row}" for account, row in rows))

    def _hear(self, signal: Signal, names: Iterable[str] | None) -> None:
        """Take up what another process has written; None stands for whatever it may have been."""
        match signal:
            case Signal.ARRIVED:
                self.intake.wake()
            case Signal.WRITTEN:
                self._wake_own()
            case Signal.ENDED if names is None:
                self.pages.end_all()
            case Signal.ENDED:
                self.pages.end(names or ())
            case Signal.ERASED if names is None:
                self.pages.erase_all()
            case Signal.ERASED:
                self.pages.erase(_rows(names or ()))
            case Signal.SHOWN if names is None:
                self.pages.wake_all()
            case Signal.SHOWN:
                self.pages.wake(_rows(names or ()))

    async def run(self) -> None:
        """Do this process's duties until cancelled; what waits from before is taken up first."""
        if self.settings.demo:
            await self._plant()
        if Duty.SCHEDULER in self.duties:
            await apply_known_holidays(self.database, self.source, self.clock.now())
        self.make_senders()
        alone = self.leases.alone
        async with asyncio.TaskGroup() as group:
            group.create_task(self.signals.run())
            for bot, sender in self.senders.items():
                group.create_task(alone(f"sender {bot}", sender.run))
            if Duty.WORKER in self.duties:
                group.create_task(self.intake.run())
                group.create_task(alone("fetcher", self.fetcher.run))
            if Duty.SCHEDULER in self.duties:
                group.create_task(alone("ticker", self._tick))
            if Duty.SENDER in self.duties:
                for side, driver in self.telegram.items():
                    serve = partial(self._serve_telegram, side, driver)
                    group.create_task(alone(f"poller {driver.bot}", serve))
            if Duty.WEB in self.duties:
                group.create_task(self._serve_web())
                group.create_task(self._read_sign())
            elif self.settings.metrics.port:
                group.create_task(self._serve_metrics())
            if self.demo is not None:
                group.create_task(self.demo.remember())
                group.create_task(self.demo.until_begun_anew())

    async def _tick(self) -> None:
        self.ticker.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self.ticker.stop()

    async def _plant(self) -> None:
        """Put the demonstration street into an empty database."""
        if self.demo is not None:
            await self.demo.set()
        else:
            await history.plant(self.database, self.source, self.clock.now())

    async def _read_sign(self) -> None:
        """Read what stands over the door; the office may be renamed while it runs."""
        while True:
            pause = SIGN_SECONDS
            try:
                async with self.database.read() as tx:
                    organisation = (await self.source.current(tx, self.clock.now())).organisation
            except StorageError as error:
                log.warning("web.sign_not_read", error=type(error).__name__)
                pause = 1.0
            else:
                self._paint(organisation)
            await asyncio.sleep(pause)

    def _paint(self, organisation: Organisation) -> None:
        if organisation.units:
            street = organisation.street
            self._sign = OfficeSign(
                name=street.name,
                name_en=street.name_en,
                phone=self.settings.contacts.office_phone,
            )

    async def _serve_web(self) -> None:
        """Serve the page, and where Telegram calls, its door."""
        app = make_app(
            self.pages,
            doors_of(self.settings, demo=self.demo is not None),
            office=lambda: self._sign,
            readiness=Health(self.database, self.clock.now, self._webhooks_stand).readiness,
            media=self.media,
            spool=self.files.spool,
            demo=self.demo,
            fonts=self.settings.data_dir / "fonts",
            tickets=Desk(self.database, self.intake),
            pages=self._pages(),
            work=WorkLists(self.database, self.source, self.clock.now, self.clock.seconds),
            invitations=InvitationSigns(
                self.database, self.source, self.clock.now, self.clock.seconds
            ),
            photo_max_bytes=self.settings.web.photo_max_bytes,
            voice_max_bytes=self.settings.web.voice_max_bytes,
        )
        app.add_routes(self.webhook_routes())
        app.add_routes([web.get("/metrics", self.metrics().serve)])
        table = self.settings.web
        async with served(app, table.host, table.port, connections_max=self._descriptors):
            log.info("web.serving", address=self.settings.public_url)
            await asyncio.Event().wait()

    def _pages(self) -> Site:
        contacts = self.settings.contacts
        return Site(
            PageMeans(
                database=self.database,
                street=self.source.current,
                now=self.clock.now,
                doors=doors_of(self.settings, demo=self.demo is not None),
                office=lambda: self._sign,
                tool=ToolContact(
                    phone=contacts.tool_phone, email=contacts.tool_email, url=contacts.tool_url
                ),
                demo=self.settings.demo,
            )
        )

    async def _serve_metrics(self) -> None:
        """Serve what watches a process that serves no pages, on this machine."""
        app = web.Application()
        health = Health(self.database, self.clock.now, self._webhooks_stand)
        app.add_routes([*health.routes(), web.get("/metrics", self.metrics().serve)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.settings.metrics.port).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def metrics(self) -> Metrics:
        """Give what answers Prometheus."""
        return Metrics(
            self.database,
            self.clock.now,
            token=self.settings.metrics.token.get_secret_value(),
            failures=lambda: self.ticker.failures,
        )

    async def _serve_telegram(self, side: Side, driver: TelegramDriver) -> None:
        """Ask for a bot's updates, or let Telegram call; the bot is set up meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._until_taken(driver, driver.set_up))
            group.create_task(self._fetch_updates(side, driver))

    async def _fetch_updates(self, side: Side, driver: TelegramDriver) -> None:
        table = self.settings.telegram
        if table.mode == "webhook":
            webhook = Webhook(
                driver,
                f"{self.settings.public_url}{webhook_path(side)}",
                webhook_secret(table.webhook_secret.get_secret_value(), side),
            )
            self.webhooks[driver.bot] = webhook
            await webhook.keep()
            return
        poller = Poller(
            driver, self.intake, poll_seconds=table.poll_seconds, limit=table.poll_batch
        )
        await poller.run()

    def _webhooks_stand(self) -> Mapping[str, bool]:
        """Tell of each webhook that this process keeps whether it stood at the last look."""
        return {f"{WEBHOOK}{bot}": one.stands for bot, one in self.webhooks.items()}

    async def _until_taken(
        self, driver: TelegramDriver, call: Callable[[], Awaitable[None]]
    ) -> None:
        """Call until Telegram takes it: without it the web chat goes on all the same."""
        pause = FIRST_PAUSE
        while True:
            try:
                await call()
            except ChannelError as error:
                log.warning("telegram.not_reached", bot=driver.bot, error=type(error).__name__)
                asked = error.seconds if isinstance(error, TryLater) else 0.0
                await asyncio.sleep(max(pause, asked))
                pause = min(pause * 2, 60.0)
            else:
                return

    def webhook_routes(self) -> list[web.RouteDef]:
        """Give the routes at which Telegram calls, in webhook mode."""
        if self.settings.telegram.mode != "webhook":
            return []
        given = self.settings.telegram.webhook_secret.get_secret_value()
        return [
            web.post(
                webhook_path(side),
                webhook_handler(driver.bot, webhook_secret(given, side), self.intake),
            )
            for side, driver in self.telegram.items()
        ]

    async def close(self) -> None:
        """Stop the clock, and close what intake held and what files and Telegram needed."""
        await self.ticker.stop()
        await self.media.close()
        await self.intake.close()
        for driver in self.telegram.values():
            await driver.close()
        for hook in self.hooks.values():
            await hook.close()


async def serve(settings: Settings, duties: Collection[Duty] = frozenset(Duty)) -> None:
    """Do the duties of one process until cancelled; a demonstration may be begun anew meanwhile.

    Raises:
        ConfigurationError: configuration and database do not fit together.
        StorageError: the database cannot be opened.
    """
    while True:
        try:
            await _serve_once(settings, duties)
        except* BeginAnew:
            log.info("demo.begins_anew")
        else:
            return
        await asyncio.to_thread(clear, settings)


async def _serve_once(settings: Settings, duties: Collection[Duty]) -> None:
    async with opened(settings) as database:
        try:
            with file_lock_of(database.path):
                if database.path is not None:  # Nobody else holds numbers.
                    async with database.write() as tx:
                        await settle_numbers(tx)
                await _serve_from(settings, database, duties)
        except Occupied as error:
            said = f"Linli serves from {error} already: stop it, or give this one another data_dir"
            raise ConfigurationError([Problem("data_dir", said)]) from None


async def _serve_from(settings: Settings, database: Database, duties: Collection[Duty]) -> None:
    linli = Linli(settings, database, Clock(), duties)
    _settle()
    try:
        await linli.run()
    finally:
        await linli.close()


def _rows(names: Iterable[str]) -> list[tuple[str, int]]:
    """Read accounts, each with a row of the outbox, as a signal names them."""
    named = (name.rpartition(":") for name in names)
    return [(account, int(row)) for account, _, row in named]


def _settle() -> None:
    """Let the garbage collector leave alone what was loaded: looking through it holds all up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
