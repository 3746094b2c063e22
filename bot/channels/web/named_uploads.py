"""What a frame names of earlier uploads, as it is kept with what was said."""

import asyncio
from typing import Any

from bot.channels.web.frames import Content, FrameError
from bot.channels.web.ports import WebStore


async def with_files(store: WebStore, account: str, content: Content) -> dict[str, Any]:
    """Give a frame's body, the ids of its uploads replaced by what the server knows of them.

    Raises:
        FrameError: a file is not there, or not this account's.
    """
    body = dict(content.body)
    if body["type"] != "files":
        return body
    known = []
    for one in body["files"]:
        file = await store.find_upload(account, one)
        if file is None:
            raise FrameError("unknown_file", frame_id=content.id, field="files")
        known.append(
            {
                "id": file.id,
                "kind": file.kind.value,
                "type": file.media_type,
                "size": await asyncio.to_thread(file.content.size),
            }
        )
    return {**body, "files": known}
