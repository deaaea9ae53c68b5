"""``MsgBody``: the elements of a chat message.

Source: https://trtc.io/document/74355 (message formats). Keys are case-sensitive there: ``Url`` in a sound,
``URL`` in an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal

if TYPE_CHECKING:
    from pushspec.tencent.limits import Limits

NOT_AN_ARRAY = 90007
WRONG_ELEMENT = 90010
WRONG_CONTENT = 90002

_TEXT, _NUMBER, _ARRAY, _DOWNLOAD = "string", "number", "array", "download flag"
_DOWNLOAD_FLAG = 2

# Fields of each element: the JSON type, and "*" where a message sent by REST must have it.
_ELEMENTS: dict[str, dict[str, str]] = {
    "TIMTextElem": {"Text": "string*"},
    "TIMLocationElem": {"Desc": "string", "Latitude": "number", "Longitude": "number"},
    "TIMFaceElem": {"Index": "number", "Data": "string"},
    "TIMCustomElem": {"Data": "string", "Desc": "string", "Ext": "string", "Sound": "string"},
    "TIMSoundElem": {
        "Url": "string*",
        "UUID": "string*",
        "Size": "number",
        "Second": "number",
        "Download_Flag": "download flag*",
    },
    "TIMImageElem": {"UUID": "string*", "ImageFormat": "number", "ImageInfoArray": "array*"},
    "TIMFileElem": {
        "Url": "string*",
        "UUID": "string*",
        "FileSize": "number",
        "FileName": "string",
        "Download_Flag": "download flag*",
    },
    "TIMVideoFileElem": {
        "VideoUrl": "string*",
        "VideoUUID": "string*",
        "VideoSize": "number",
        "VideoSecond": "number",
        "VideoFormat": "string",
        "VideoDownloadFlag": "download flag*",
        "ThumbUrl": "string*",
        "ThumbUUID": "string*",
        "ThumbSize": "number",
        "ThumbWidth": "number*",
        "ThumbHeight": "number*",
        "ThumbFormat": "string",
        "ThumbDownloadFlag": "download flag*",
    },
}
_IMAGE_INFO = {
    "Type": "number*",
    "Size": "number",
    "Width": "number*",
    "Height": "number*",
    "URL": "string*",
}
_IMAGE_FORMATS = (1, 2, 3, 4, 255)
_IMAGE_TYPES = (1, 2, 3)


def check_message(value: object, limits: Limits) -> list[Body]:
    """Read a ``MsgBody``.

    Raises:
        Refusal: 90007 no array, 90010 an element without the form of one, 90002 wrong or missing content.
    """
    if not isinstance(value, list):
        raise Refusal(NOT_AN_ARRAY, "MsgBody is not an array")
    if not value:
        raise Refusal(WRONG_CONTENT, "MsgBody has no element")
    for number, element in enumerate(value):
        _check_element(element, f"MsgBody[{number}]")
    customs = sum(element["MsgType"] == "TIMCustomElem" for element in value)
    if customs > limits.custom_elements.value:
        raise Refusal(WRONG_ELEMENT, "MsgBody holds more than one TIMCustomElem")
    return value


def _check_element(element: object, where: str) -> None:
    if not isinstance(element, dict):
        raise Refusal(WRONG_ELEMENT, f"{where} is not an object")
    kind, content = element.get("MsgType"), element.get("MsgContent")
    if kind == "TIMRelayElem":
        raise Refusal(
            WRONG_ELEMENT, f"{where}: the page of no way to send lists TIMRelayElem (merged messages)"
        )
    if not isinstance(kind, str) or kind not in _ELEMENTS:
        raise Refusal(WRONG_ELEMENT, f"{where}.MsgType is none of {', '.join(_ELEMENTS)}")
    if not isinstance(content, dict):
        raise Refusal(WRONG_ELEMENT, f"{where}.MsgContent is not an object")
    _check_fields(content, _ELEMENTS[kind], f"{where}.MsgContent")
    if kind == "TIMImageElem":
        _check_image(content, f"{where}.MsgContent")


def _check_image(content: Body, where: str) -> None:
    if content.get("ImageFormat", _IMAGE_FORMATS[0]) not in _IMAGE_FORMATS:
        raise Refusal(WRONG_CONTENT, f"{where}.ImageFormat is none of 1, 2, 3, 4, 255")
    if not content["ImageInfoArray"]:
        raise Refusal(WRONG_CONTENT, f"{where}.ImageInfoArray is empty")
    for number, info in enumerate(content["ImageInfoArray"]):
        place = f"{where}.ImageInfoArray[{number}]"
        if not isinstance(info, dict):
            raise Refusal(WRONG_CONTENT, f"{place} is not an object")
        _check_fields(info, _IMAGE_INFO, place)
        if info["Type"] not in _IMAGE_TYPES:
            raise Refusal(WRONG_CONTENT, f"{place}.Type is none of 1, 2, 3")


def _check_fields(content: Body, fields: dict[str, str], where: str) -> None:
    for name, kind in fields.items():
        if name not in content:
            if kind.endswith("*"):
                raise Refusal(WRONG_CONTENT, f"{where}.{name} is missing (keys are case-sensitive)")
        elif not _fits(content[name], kind.rstrip("*")):
            raise Refusal(WRONG_CONTENT, f"{where}.{name} is not a {kind.rstrip('*')}")


def _fits(value: object, kind: str) -> bool:
    if kind == _TEXT:
        return isinstance(value, str)
    if kind == _ARRAY:
        return isinstance(value, list)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (kind == _NUMBER or value == _DOWNLOAD_FLAG)
