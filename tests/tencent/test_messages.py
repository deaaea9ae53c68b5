"""Every element of a message, and every field of it, arrives under the service's names."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pushspec.tencent.messages import MESSAGE

# The element, its wire type, its smallest content and that content on the wire.
SMALLEST: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "location": ({}, "TIMLocationElem", {}),
    "face": ({}, "TIMFaceElem", {}),
    "custom": ({}, "TIMCustomElem", {}),
    "sound": (
        {"url": "https://example.com/a.aac", "uuid": "s"},
        "TIMSoundElem",
        {"Url": "https://example.com/a.aac", "UUID": "s", "Download_Flag": 2},
    ),
    "image": (
        {"uuid": "i", "variants": [{"type": "original", "url": "u", "width": 4, "height": 3}]},
        "TIMImageElem",
        {"UUID": "i", "ImageInfoArray": [{"Type": 1, "URL": "u", "Width": 4, "Height": 3}]},
    ),
    "file": (
        {"url": "https://example.com/a.pdf", "uuid": "f"},
        "TIMFileElem",
        {"Url": "https://example.com/a.pdf", "UUID": "f", "Download_Flag": 2},
    ),
    "video": (
        {"url": "v", "uuid": "v", "thumb": {"url": "t", "uuid": "t", "width": 7, "height": 9}},
        "TIMVideoFileElem",
        {
            "VideoUrl": "v",
            "VideoUUID": "v",
            "VideoDownloadFlag": 2,
            "ThumbUrl": "t",
            "ThumbUUID": "t",
            "ThumbWidth": 7,
            "ThumbHeight": 9,
            "ThumbDownloadFlag": 2,
        },
    ),
}

# The element, where it is written, where it arrives, the value and the value on the wire.
OPTIONAL: list[tuple[str, str, str, Any, Any]] = [
    ("location", "desc", "Desc", "the hall", "the hall"),
    ("location", "latitude", "Latitude", 22.54, 22.54),
    ("location", "latitude", "Latitude", -90, -90),
    ("location", "longitude", "Longitude", 114.05, 114.05),
    ("face", "index", "Index", 3, 3),
    ("face", "data", "Data", "wave", "wave"),
    ("custom", "data", "Data", "plain", "plain"),
    ("custom", "data", "Data", {"k": "值"}, '{"k":"值"}'),
    ("custom", "desc", "Desc", "an offer", "an offer"),
    ("custom", "ext", "Ext", {"k": 1}, '{"k":1}'),
    ("custom", "sound", "Sound", "bell.aiff", "bell.aiff"),
    ("sound", "size", "Size", 6200, 6200),
    ("sound", "second", "Second", 2, 2),
    ("image", "format", "ImageFormat", "jpg", 1),
    ("image", "format", "ImageFormat", "gif", 2),
    ("image", "format", "ImageFormat", "png", 3),
    ("image", "format", "ImageFormat", "bmp", 4),
    ("image", "format", "ImageFormat", "other", 255),
    ("file", "size", "FileSize", 1200, 1200),
    ("file", "name", "FileName", "a.pdf", "a.pdf"),
    ("video", "size", "VideoSize", 9000, 9000),
    ("video", "second", "VideoSecond", 0, 0),
    ("video", "format", "VideoFormat", "mp4", "mp4"),
]


def _wire(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [element.to_wire() for element in MESSAGE.validate_python(list(elements))]


def test_a_text_arrives_as_a_text_element() -> None:
    """The most common message of all."""
    assert _wire({"text": "hi"}) == [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]


@pytest.mark.parametrize("kind", SMALLEST)
def test_an_element_carries_what_was_written_and_the_constants(kind: str) -> None:
    """Download flags have one value that the vendor allows; nobody should have to write it."""
    written, msg_type, content = SMALLEST[kind]

    assert _wire({kind: written}) == [{"MsgType": msg_type, "MsgContent": content}]


@pytest.mark.parametrize(("kind", "key", "name", "written", "arrives"), OPTIONAL)
def test_an_optional_field_is_added_under_its_name(
    kind: str, key: str, name: str, written: Any, arrives: Any
) -> None:
    """What is left out is not sent; what is written is."""
    smallest, _, content = SMALLEST[kind]

    (element,) = _wire({kind: smallest | {key: written}})

    assert element["MsgContent"] == content | {name: arrives}


@pytest.mark.parametrize(("word", "number"), [("original", 1), ("large", 2), ("thumbnail", 3)])
def test_an_image_variant_is_named_by_a_word(word: str, number: int) -> None:
    """The service's numbers say nothing to a reviewer."""
    variant = {"type": word, "url": "u", "width": 0, "height": 0, "size": 9}

    (element,) = _wire({"image": {"uuid": "i", "variants": [variant]}})

    assert element["MsgContent"]["ImageInfoArray"] == [
        {"Type": number, "URL": "u", "Width": 0, "Height": 0, "Size": 9}
    ]


def test_a_thumb_may_say_its_size_and_format() -> None:
    """They stand beside the video's own fields on the wire."""
    thumb = {"url": "t", "uuid": "t", "width": 7, "height": 9, "size": 5, "format": "JPG"}

    (element,) = _wire({"video": {"url": "v", "uuid": "v", "thumb": thumb}})

    assert element["MsgContent"]["ThumbSize"] == 5
    assert element["MsgContent"]["ThumbFormat"] == "JPG"
    assert "thumb" not in element["MsgContent"]


def test_elements_keep_their_order() -> None:
    """The offline text of a mixed message is its parts, joined in order."""
    kinds = [element["MsgType"] for element in _wire({"text": "a"}, {"face": {"index": 1}}, {"text": "b"})]

    assert kinds == ["TIMTextElem", "TIMFaceElem", "TIMTextElem"]


@pytest.mark.parametrize(
    "element",
    [
        {},
        {"text": "a", "face": {}},
        {"text": None},
        {"text": 5},
        {"relay": {}},
        {"location": {"latitude": 91}},
        {"location": {"longitude": -181}},
        {"location": {"latitude": "22"}},
        {"sound": {"url": "u"}},
        {"sound": {"url": "u", "uuid": "s", "size": -1}},
        {"image": {"uuid": "i", "variants": []}},
        {"image": {"uuid": "i", "variants": [{"type": "small", "url": "u", "width": 1, "height": 1}]}},
        {
            "image": {
                "uuid": "i",
                "format": 3,
                "variants": [{"type": "large", "url": "u", "width": 1, "height": 1}],
            }
        },
        {"file": {"uuid": "f"}},
        {"video": {"url": "v", "uuid": "v"}},
        {"video": {"url": "v", "uuid": "v", "thumb": {"url": "t", "uuid": "t"}}},
        "text",
    ],
)
def test_an_element_that_the_service_does_not_know_is_refused(element: Any) -> None:
    """A missing field is answered with 90010 after the plan was approved."""
    with pytest.raises(ValidationError):
        MESSAGE.validate_python([element])
