"""Methods about the bot itself: who it is, its commands, texts and menu button."""

import re
from typing import Any

from .access import find_chat
from .arguments import Arguments
from .errors import bad_request
from .registry import method
from .telegram import Bot, Telegram

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MAX_COMMANDS = 100
# Source: core.telegram.org/bots/api, in characters.
_LENGTHS = {"name": 64, "description": 512, "short_description": 120}


@method("getMe")
def get_me(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    return {
        **bot.user,
        "can_join_groups": True,
        "can_read_all_group_messages": bot.reads_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


@method("setMyCommands")
def set_my_commands(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    commands = arguments.structure("commands", "Can't parse commands JSON object")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    checked = [_checked_command(command) for command in commands]
    key = _scope(telegram, bot, arguments), _language(arguments)
    if checked:
        bot.commands[key] = checked
    else:
        bot.commands.pop(key, None)
    return True


def _checked_command(command: Any) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad_request("Can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", "")).strip()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


@method("getMyCommands")
def get_my_commands(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    return bot.commands.get((_scope(telegram, bot, arguments), _language(arguments)), [])


@method("deleteMyCommands")
def delete_my_commands(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    bot.commands.pop((_scope(telegram, bot, arguments), _language(arguments)), None)
    return True


def _scope(telegram: Telegram, bot: Bot, arguments: Arguments) -> str:
    scope = arguments.structure("scope", "Can't parse BotCommandScope JSON object")
    if scope is None:
        return "default"
    if not isinstance(scope, dict):
        raise bad_request("BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return str(kind)
    if kind in ("chat", "chat_administrators", "chat_member"):
        chat = find_chat(telegram, bot, Arguments({"chat_id": scope.get("chat_id")}))
        if kind != "chat" and chat.is_private:
            raise bad_request("chat must be a group or a supergroup")
        member = f":{scope.get('user_id')}" if kind == "chat_member" else ""
        return f"{kind}:{chat.id}{member}"
    raise bad_request("Can't parse BotCommandScope: unsupported type specified")


def _language(arguments: Arguments) -> str:
    code = arguments.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def _register_texts(field: str) -> None:
    title = "".join(word.title() for word in field.split("_"))

    @method(f"setMy{title}")
    def set_text(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
        text = arguments.text(field)
        if len(text) > _LENGTHS[field]:
            raise bad_request(f"BOT_{'TITLE' if field == 'name' else 'ABOUT'}_TOO_LONG")
        key = field, _language(arguments)
        if text:
            bot.profile[key] = text
        else:
            bot.profile.pop(key, None)
        if field == "name" and not key[1] and text:
            bot.user["first_name"] = text
        return True

    @method(f"getMy{title}")
    def get_text(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
        default = bot.user["first_name"] if field == "name" else ""
        own = bot.profile.get((field, _language(arguments)))
        return {field: own or bot.profile.get((field, ""), default)}


for _field in _LENGTHS:
    _register_texts(_field)


@method("setChatMenuButton")
def set_chat_menu_button(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    button = arguments.structure("menu_button", "Can't parse menu button JSON object")
    if button is None:
        button = {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "default", "web_app"):
        raise bad_request("Can't parse menu button: unsupported type specified")
    if button["type"] == "web_app":
        url = (button.get("web_app") or {}).get("url", "")
        if not button.get("text") or not url:
            raise bad_request("Can't parse menu button: text and web_app are required")
        if not url.startswith("https://"):
            raise bad_request(
                f"menu button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
            )
    bot.menu_buttons[_private_chat_id(telegram, bot, arguments)] = button
    return True


@method("getChatMenuButton")
def get_chat_menu_button(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    default = bot.menu_buttons.get(0, {"type": "commands"})
    return bot.menu_buttons.get(_private_chat_id(telegram, bot, arguments), default)


def _private_chat_id(telegram: Telegram, bot: Bot, arguments: Arguments) -> int:
    if not arguments.text("chat_id"):
        return 0
    chat = find_chat(telegram, bot, arguments)
    if not chat.is_private:
        raise bad_request("chat must be a private chat")
    return chat.id
