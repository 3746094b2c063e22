"""What files are called where people save them."""

from urllib.parse import quote

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/3gpp": "3gp",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "audio/aac": "aac",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/html": "html",
}
UNKNOWN = "bin"


def bare(media_type: str) -> str:
    """Give a media type without its parameters."""
    return media_type.partition(";")[0].strip()


def extension(media_type: str) -> str:
    """Give how the names of files of a type end; `UNKNOWN` where none is known."""
    return _EXTENSIONS.get(bare(media_type), UNKNOWN)


def disposition(how: str, name: str) -> str:
    """Say in a header that a file is shown inline, or saved, and under which name.

    Source: RFC 6266, with a plain name for programs that do not read the encoded one.
    """
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name
    )
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{how}; filename="{plain}"{encoded}'
