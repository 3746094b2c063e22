"""``python -m bot`` is the command ``linli``."""

from bot.commands.cli import main

main()
