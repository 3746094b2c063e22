"""The lists of commands that Telegram shows: one for everybody, one for whoever has more rights."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog

from bot.channels.ports import ChannelError, Delivery
from bot.words.wording import Wording
from domain.messages import Side, text
from domain.people import Language
from handlers.registry import FEATURES

log = structlog.get_logger(__name__)

#: In every list: it ends what one is filling in.
_CANCEL = "cancel"
#: The commands that need no right, by side; their words are ``channels.command_<name>``.
COMMANDS: Mapping[Side, tuple[str, ...]] = {
    side: (*(one.command for one in FEATURES.listed(side) if one.right is None), _CANCEL)
    for side in Side
}
#: Of how many chats it is remembered which list was set last.
_REMEMBERED = 10_000


def described(commands: Iterable[str], words: Wording) -> Iterator[tuple[str, str]]:
    """Give commands with what they do, in a reader's words."""
    return ((name, words.text(text(f"channels.command_{name}"))) for name in commands)


class CommandLists:
    """Sets the list of a chat when its reader's rights or language changed."""

    def __init__(self, call: Callable[[str, Mapping[str, Any]], Awaitable[Any]]) -> None:
        self._call = call
        self._set: OrderedDict[str, tuple[tuple[str, ...], Language]] = OrderedDict()

    async def show(self, delivery: Delivery, words: Wording) -> None:
        """List the commands of a message's reader; without them the bot works all the same."""
        chat, message = delivery.address, delivery.message
        listed = () if message.farewell else message.commands
        if listed is None or self._set.get(chat) == (listed, delivery.language):
            return
        scope = {"type": "chat", "chat_id": chat}
        try:
            if listed:
                wanted = [
                    {"command": name, "description": said}
                    for name, said in described((*listed, _CANCEL), words)
                ]
                await self._call("setMyCommands", {"commands": wanted, "scope": scope})
            else:
                await self._call("deleteMyCommands", {"scope": scope})
        except ChannelError as error:
            log.warning("telegram.commands_refused", reason=str(error))
            return
        self._set[chat] = (listed, delivery.language)
        if len(self._set) > _REMEMBERED:
            self._set.popitem(last=False)
