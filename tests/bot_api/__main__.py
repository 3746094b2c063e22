"""The fake as a process of its own: python -m tests.bot_api --port 8081 --bot TOKEN=username."""

import argparse
import asyncio
import gc
import signal
import sys

from .limits import Limits
from .server import BotApi


def _limits(text: str) -> Limits:
    """ "real", "off", or such as "chat=1,burst=5,group=20,overall=1000" (left out: off)."""
    if text == "real":
        return Limits()
    if text == "off":
        return Limits.off()
    given = dict(part.split("=", 1) for part in text.split(","))
    unknown = set(given) - {"chat", "burst", "group", "overall"}
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown limits: {', '.join(sorted(unknown))}")
    return Limits(
        chat_per_second=float(given["chat"]) if "chat" in given else None,
        chat_burst=int(given.get("burst", 5)),
        group_per_minute=int(given["group"]) if "group" in given else None,
        overall_per_second=float(given["overall"]) if "overall" in given else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bot_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (printed)")
    parser.add_argument("--bot", action="append", default=[], metavar="TOKEN[=USERNAME]")
    parser.add_argument("--any-token", action="store_true", help="unknown tokens become bots")
    parser.add_argument("--limits", type=_limits, default="real", help=_limits.__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="calls kept; 0: none")
    parser.add_argument("--history", type=int, default=None, help="messages kept per chat")
    return parser


async def _run(options: argparse.Namespace) -> None:
    api = BotApi(
        port=options.port,
        limits=options.limits,
        calls_kept=options.calls,
        history=options.history,
        accept_any_token=options.any_token,
    )
    for given in options.bot:
        token, _, username = given.partition("=")
        api.bot(token, username=username)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    # Full collections over a large crowd's chats would show in the latencies measured.
    gc.set_threshold(100_000, 50, 1000)
    async with api:
        sys.stdout.write(f"listening on {api.base}\n")
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_run(_parser().parse_args()))
