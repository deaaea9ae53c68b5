"""The chat message: a list of elements, each under the name people write and the name the service reads.

Source: https://trtc.io/document/74355 (copy of 2026) and the older message format pages, for the fields that
the newest one leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from pushspec.language import phrase
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Items, JsonText, Model, WireModel, refusal, required, wire

if TYPE_CHECKING:
    from pushspec.tencent.fields import Fields

_DOWNLOADED_BY_URL = 2
"""The constant of every download flag: the client fetches the file from its address."""

IMAGE_FORMATS = {"jpg": 1, "gif": 2, "png": 3, "bmp": 4, "other": 255}
IMAGE_TYPES = {"original": 1, "large": 2, "thumbnail": 3}


class ElementContent(WireModel):
    """The content of one element; ``constants`` are filled in where the vendor wants one fixed value."""

    msg_type: ClassVar[str]
    constants: ClassVar[dict[str, int]] = {}

    def to_wire(self) -> dict[str, Json]:
        """Return ``MsgContent``."""
        return super().to_wire() | self.constants

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get this ``MsgContent``."""
        for name, value in cls.constants.items():
            fields.drop(name, value)
        return super().from_wire(fields)


class LocationContent(ElementContent):
    """A place on the map."""

    msg_type = "TIMLocationElem"

    desc: str | None = wire("Desc")
    latitude: int | float | None = wire("Latitude", ge=-90, le=90)
    longitude: int | float | None = wire("Longitude", ge=-180, le=180)


class FaceContent(ElementContent):
    """An emoji of the app's own set."""

    msg_type = "TIMFaceElem"

    index: int | None = wire("Index")
    data: str | None = wire("Data")


class CustomContent(ElementContent):
    """Data that only the app understands; one a message at most."""

    msg_type = "TIMCustomElem"

    data: JsonText | None = wire("Data")
    desc: str | None = wire("Desc", "Text of the notification, where it has none of its own.")
    ext: JsonText | None = wire("Ext")
    sound: str | None = wire("Sound")


class SoundContent(ElementContent):
    """A voice message."""

    msg_type = "TIMSoundElem"
    constants: ClassVar[dict[str, int]] = {"Download_Flag": _DOWNLOADED_BY_URL}

    url: str = required("Url")
    uuid: str = required("UUID", "Unique, often the MD5 of the file.")
    size: int | None = wire("Size", "Bytes.", ge=0)
    second: int | None = wire("Second", "Length in seconds.", ge=0)


class ImageVariant(WireModel):
    """One size of a picture."""

    reads_itself = frozenset({"type"})

    type: Literal["original", "large", "thumbnail"] = required("Type")
    url: str = required("URL")
    width: int = required("Width", "Pixels.", ge=0)
    height: int = required("Height", "Pixels.", ge=0)
    size: int | None = wire("Size", "Bytes.", ge=0)

    def to_wire(self) -> dict[str, Json]:
        """Return an item of ``ImageInfoArray``."""
        return super().to_wire() | {"Type": IMAGE_TYPES[self.type]}

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get this item."""
        kind = fields.choose("Type", {number: name for name, number in IMAGE_TYPES.items()})
        return ({} if kind is None else {"type": kind}) | super().from_wire(fields)


class ImageContent(ElementContent):
    """A picture in one or more sizes."""

    msg_type = "TIMImageElem"
    reads_itself = frozenset({"format"})

    uuid: str = required("UUID", "Unique, often the MD5 of the file.")
    format: Literal["jpg", "gif", "png", "bmp", "other"] | None = wire("ImageFormat")
    variants: Items[ImageVariant] = required("ImageInfoArray", min_length=1)

    def to_wire(self) -> dict[str, Json]:
        """Return ``MsgContent``, formats and types as the service's numbers."""
        content = super().to_wire()
        if self.format is not None:
            content["ImageFormat"] = IMAGE_FORMATS[self.format]
        content["ImageInfoArray"] = [variant.to_wire() for variant in self.variants]
        return content

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get this ``MsgContent``."""
        format_ = fields.choose("ImageFormat", {number: name for name, number in IMAGE_FORMATS.items()})
        return super().from_wire(fields) | ({} if format_ is None else {"format": format_})


class FileContent(ElementContent):
    """A file to download."""

    msg_type = "TIMFileElem"
    constants: ClassVar[dict[str, int]] = {"Download_Flag": _DOWNLOADED_BY_URL}

    url: str = required("Url")
    uuid: str = required("UUID", "Unique, often the MD5 of the file.")
    size: int | None = wire("FileSize", "Bytes.", ge=0)
    name: str | None = wire("FileName")


class Thumb(WireModel):
    """The still picture of a video."""

    url: str = required("ThumbUrl")
    uuid: str = required("ThumbUUID")
    size: int | None = wire("ThumbSize", "Bytes.", ge=0)
    width: int = required("ThumbWidth", "Pixels.", ge=0)
    height: int = required("ThumbHeight", "Pixels.", ge=0)
    format: str | None = wire("ThumbFormat", "Such as JPG.")


class VideoContent(ElementContent):
    """A video with its still picture."""

    msg_type = "TIMVideoFileElem"
    constants: ClassVar[dict[str, int]] = {
        "VideoDownloadFlag": _DOWNLOADED_BY_URL,
        "ThumbDownloadFlag": _DOWNLOADED_BY_URL,
    }

    url: str = required("VideoUrl")
    uuid: str = required("VideoUUID")
    size: int | None = wire("VideoSize", "Bytes.", ge=0)
    second: int | None = wire("VideoSecond", "Length in seconds.", ge=0)
    format: str | None = wire("VideoFormat", "Such as mp4.")
    thumb: Thumb = Field(description="The still picture.")

    def to_wire(self) -> dict[str, Json]:
        """Return ``MsgContent``, the thumb's fields beside the video's."""
        content = super().to_wire()
        thumb: dict[str, Json] = content.pop("thumb")
        return content | thumb


class Element(Model):
    """One item of a message: a mapping with a single key."""

    text: str | None = Field(default=None, description="Plain text.")
    location: LocationContent | None = None
    face: FaceContent | None = None
    custom: CustomContent | None = None
    sound: SoundContent | None = None
    image: ImageContent | None = None
    file: FileContent | None = None
    video: VideoContent | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_relay(cls, given: Json) -> Json:
        if isinstance(given, dict) and "relay" in given:
            raise refusal(
                "message-relay",
                phrase(
                    "is a relay, which no endpoint that sends pushes takes: the vendor lists "
                    "TIMRelayElem among the formats, and for none of these calls"
                ),
            )
        return given

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise refusal("message-element", phrase("holds exactly one element, such as text or image"))
        return self

    @property
    def kind(self) -> str:
        """The key it was written under."""
        return next(iter(self.model_fields_set))

    def to_wire(self) -> dict[str, Json]:
        """Return an item of ``MsgBody``."""
        if self.text is not None:
            return {"MsgType": "TIMTextElem", "MsgContent": {"Text": self.text}}
        content: ElementContent = getattr(self, self.kind)
        return {"MsgType": content.msg_type, "MsgContent": content.to_wire()}

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get an item of ``MsgBody``; empty if it has no place."""
        kind = fields.choose("MsgType", KINDS)
        content = fields.below("MsgContent") if kind is not None else None
        fields.finish()
        if content is None:
            return {}
        value = content.take("Text") if kind == "text" else _CONTENTS[kind].from_wire(content)
        content.finish()
        return {kind: value}


_CONTENTS: dict[str, type[ElementContent]] = {
    "location": LocationContent,
    "face": FaceContent,
    "custom": CustomContent,
    "sound": SoundContent,
    "image": ImageContent,
    "file": FileContent,
    "video": VideoContent,
}
KINDS: dict[int | str, Json] = {
    "TIMTextElem": "text",
    **{content.msg_type: kind for kind, content in _CONTENTS.items()},
}
"""The service's word for each kind of element, and the key that people write it under."""


MESSAGE: TypeAdapter[tuple[Element, ...]] = TypeAdapter(Items[Element], config=ConfigDict(defer_build=True))
"""Validates a campaign's ``message``."""
