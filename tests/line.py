"""The simplest channel: an update is its sender and a text; nothing is shown."""

from collections.abc import Mapping
from typing import Any

from bot.channels.ports import Delivery, Receiver
from domain.messages import Channel, Incoming, Message, Side
from tests.street import MORNING

BOT = "telegram.residents"


class Line:
    """The residents' bot of it."""

    bot = BOT

    def __init__(self) -> None:
        self.confirmed: list[str] = []

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        if "poison" in update:
            raise ValueError("poison")
        if "nothing" in update:
            return None
        return Incoming(
            side=Side.RESIDENTS,
            channel=Channel.TELEGRAM,
            address=update["from"],
            at=MORNING,
            text=update.get("text"),
            press=update.get("press"),
            left=update.get("left"),
        )

    async def send(self, delivery: Delivery) -> str | None:
        raise AssertionError("intake never sends")

    def keeps(self, message: Message) -> bool:
        return False

    def includes(self, reference: str, message: str) -> bool:
        return False

    async def confirm(self, press: str) -> None:
        self.confirmed.append(press)

    async def fetch(self, ref: str, into: Receiver) -> None:
        raise AssertionError("intake never fetches")
