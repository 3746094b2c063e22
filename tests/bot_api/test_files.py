"""Files: uploads, file_ids of one bot, downloads."""

from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.bot_api import Bot, BotApi, PrivateConversation
from tests.bot_api.calls import Caller, Refused
from tests.bot_api.conftest import OTHER_TOKEN
from tests.bot_api.files import make_photo

MEGABYTE = 1024 * 1024


async def upload(call: Caller, method: str, field: str, content: bytes, **arguments: Any) -> Any:
    form = aiohttp.FormData({"chat_id": "7", **arguments})
    form.add_field(field, BytesIO(content), filename="a.bin")
    return await call.post(method, data=form)


async def test_a_file_of_a_person_can_be_downloaded_for_an_hour(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    await chat.send_document("报告.pdf", b"%PDF-1.7", mime_type="application/pdf")
    (update,) = await call("getUpdates")
    document = update["message"]["document"]

    file = await call("getFile", file_id=document["file_id"])
    first = await call.download(file["file_path"])
    api.clock.advance(3601)
    later, _ = await call.download(file["file_path"])

    assert document["file_name"] == "报告.pdf"
    assert document["mime_type"] == "application/pdf"
    assert document["file_size"] == file["file_size"] == 8
    assert file["file_path"].endswith(".pdf")
    assert first == (200, b"%PDF-1.7")
    assert later == 404


@pytest.mark.parametrize(("size", "refused"), [(20 * MEGABYTE, False), (20 * MEGABYTE + 1, True)])
async def test_files_over_20_mb_cannot_be_downloaded(
    call: Caller, chat: PrivateConversation, size: int, refused: bool
) -> None:
    await chat.send_video(size=size)
    (update,) = await call("getUpdates")
    file_id = update["message"]["video"]["file_id"]

    if refused:
        assert await call.refused("getFile", file_id=file_id) == "Bad Request: file is too big"
    else:
        file = await call("getFile", file_id=file_id)
        status, content = await call.download(file["file_path"])
        assert (status, len(content)) == (200, size)


async def test_a_file_id_belongs_to_one_bot(
    api: BotApi, call: Caller, other_bot: Bot, chat: PrivateConversation
) -> None:
    await chat.person.chat_with(other_bot).start()
    await chat.send_photo()
    (update,) = await call("getUpdates")
    photo = update["message"]["photo"][-1]

    again = await call("sendPhoto", chat_id=7, photo=photo["file_id"])
    async with Caller(api.base, OTHER_TOKEN) as other:
        sending = await other.refused("sendPhoto", chat_id=7, photo=photo["file_id"])
        fetching = await other.refused("getFile", file_id=photo["file_id"])
        path = (await call("getFile", file_id=photo["file_id"]))["file_path"]
        status, _ = await other.download(path)

    assert again["photo"][-1] == photo
    assert sending == "Bad Request: wrong file identifier/HTTP URL specified"
    assert fetching == "Bad Request: wrong file_id or the file is temporarily unavailable"
    assert status == 404


async def test_a_file_is_sent_again_only_as_what_it_is(
    call: Caller, chat: PrivateConversation
) -> None:
    sent = await upload(call, "sendDocument", "document", b"x")

    refusal = await call.refused("sendPhoto", chat_id=7, photo=sent["document"]["file_id"])

    assert refusal == "Bad Request: can't use file of type Document as Photo"


@pytest.mark.parametrize(
    ("method", "field", "content", "reason"),
    [
        ("sendPhoto", "photo", b"no picture", "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", b"\xff\xd8\xffbroken", "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", b"", "file must be non-empty"),
        ("sendPhoto", "photo", make_photo(width=2100, height=100), "PHOTO_INVALID_DIMENSIONS"),
        ("sendVoice", "document", b"x", "there is no voice in the request"),
        ("sendDocument", "document", b"", "file must be non-empty"),
    ],
)
async def test_a_bad_upload_is_refused(
    call: Caller,
    chat: PrivateConversation,
    method: str,
    field: str,
    content: bytes,
    reason: str,
) -> None:
    with pytest.raises(Refused) as refusal:
        await upload(call, method, field, content)

    assert refusal.value.description == f"Bad Request: {reason}"


async def test_uploads_have_size_limits(call: Caller, chat: PrivateConversation) -> None:
    photo = make_photo() + bytes(10 * MEGABYTE)

    with pytest.raises(Refused, match="is too big for a photo"):
        await upload(call, "sendPhoto", "photo", photo)
    with pytest.raises(Refused, match="Request Entity Too Large") as refusal:
        await upload(call, "sendDocument", "document", bytes(53 * MEGABYTE))
    assert refusal.value.status == 413


async def test_an_album_is_two_to_ten_items_of_kinds_that_mix(
    call: Caller, chat: PrivateConversation
) -> None:
    await chat.send_photo()
    (update,) = await call("getUpdates")
    photo = {"type": "photo", "media": update["message"]["photo"][-1]["file_id"]}
    document = await upload(call, "sendDocument", "document", b"x")
    file = {"type": "document", "media": document["document"]["file_id"]}

    async def refused(*media: dict[str, str]) -> str:
        return await call.refused("sendMediaGroup", chat_id=7, media=list(media))

    album = await call("sendMediaGroup", chat_id=7, media=[photo] * 10)

    assert len({message["media_group_id"] for message in album}) == 1
    assert await refused(photo) == "Bad Request: too few messages to send as an album"
    assert await refused(*[photo] * 11) == "Bad Request: too many messages to send as an album"
    assert await refused(photo, file) == (
        "Bad Request: document can't be mixed with other media types"
    )
    assert await refused(photo, {"type": "photo", "media": "attach://missing"}) == (
        "Bad Request: can't parse InputMedia: media not found"
    )
    assert await refused(photo, {"type": "poem", "media": "x"}) == (
        'Bad Request: can\'t parse InputMedia: type "poem" is unsupported'
    )
    assert chat.count == 11


async def test_media_is_exchanged_by_an_edit(call: Caller, chat: PrivateConversation) -> None:
    sent = await upload(call, "sendPhoto", "photo", make_photo(1))
    where = {"chat_id": "7", "message_id": str(sent["message_id"])}
    form = aiohttp.FormData({**where, "media": '{"type":"photo","media":"attach://new"}'})
    form.add_field("new", make_photo(2), filename="b.jpg")

    edited = await call.post("editMessageMedia", data=form)
    same = {"type": "photo", "media": edited["photo"][-1]["file_id"]}
    refusal = await call.refused("editMessageMedia", **where, media=same)

    assert chat.last.content == make_photo(2)
    assert refusal.startswith("Bad Request: message is not modified")


async def test_a_link_is_no_file(call: Caller, chat: PrivateConversation) -> None:
    refusal = await call.refused("sendPhoto", chat_id=7, photo="https://example.com/a.jpg")

    assert refusal == "Bad Request: failed to get HTTP URL content"
