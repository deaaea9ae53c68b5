"""Reading an answer: the documented form is believed, and nothing else."""

from __future__ import annotations

import pytest

from pushspec.tencent.answers import NO_IDS, Answer, AnswerError, ServiceIds, read_answer

OK = b'{"ActionStatus":"OK","ErrorCode":0'


def test_a_documented_answer_is_read() -> None:
    """The ids are kept as the service wrote them."""
    answer = read_answer(
        OK + b',"ErrorInfo":"fine","TaskId":"batch_53743040_1441","MsgKey":"k","MsgId":"m","New":1.5}'
    )
    assert answer == Answer("OK", 0, "fine", ServiceIds("batch_53743040_1441", "k", "m"), {})


def test_what_an_answer_leaves_out_is_empty() -> None:
    """A push names a task, a message its key, and neither the other's."""
    assert read_answer(OK + b"}") == Answer("OK", 0, "", NO_IDS, {})


def test_refused_accounts_stand_by_their_code() -> None:
    """Codes in rising order, so that a record is the same each time; accounts as the service listed them."""
    answer = read_answer(
        OK + b',"ErrorList":[{"To_Account":"c","ErrorCode":90048},'
        b'{"To_Account":"b","ErrorCode":70107,"ErrorInfo":"x"},{"To_Account":"a","ErrorCode":70107}]}'
    )
    assert list(answer.refused.items()) == [(70107, ("b", "a")), (90048, ("c",))]


@pytest.mark.parametrize("name", ["TaskId", "MsgKey", "MsgId"])
def test_any_id_names_something_that_was_started(name: str) -> None:
    """An error beside an id is no refusal: something may be on its way."""
    assert read_answer(OK + f',"{name}":"x"}}'.encode()).ids
    assert not read_answer(OK + f',"{name}":""}}'.encode()).ids


@pytest.mark.parametrize(
    ("body", "case", "text"),
    [
        (b"[]", "not_an_object", "the answer is JSON, but not an object"),
        (b"<html>", "not_json", "the answer is not JSON (JSONDecodeError)"),
        (b"\xff", "not_json", "the answer is not JSON (UnicodeDecodeError)"),
        (b"[" * 200_000, "not_json", "the answer is not JSON (RecursionError)"),
        (OK + b',"X":NaN}', "not_json", "the answer holds NaN, which is not JSON"),
        (OK + b',"ErrorCode":0}', "duplicate_key", "the answer has a duplicate key"),
        (b"{}", "wrong_shape", "ActionStatus is missing or of the wrong type"),
        (OK + b',"ErrorInfo":1}', "wrong_shape", "ErrorInfo is of the wrong type"),
        (OK + b',"MsgKey":1}', "wrong_shape", "MsgKey is of the wrong type"),
        (OK + b',"MsgId":1}', "wrong_shape", "MsgId is of the wrong type"),
        (OK + b',"ErrorList":{}}', "wrong_shape", "ErrorList is not a list"),
        (OK + b',"ErrorList":[1]}', "wrong_shape", "ErrorList holds values that are not objects"),
        (
            OK + b',"ErrorList":[{"ErrorCode":1}]}',
            "wrong_shape",
            "To_Account is missing or of the wrong type",
        ),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_whoever_finds_a_doubt_reads_what_was_wrong_with_the_answer(
    body: bytes, case: str, text: str
) -> None:
    """The word is for scripts, the sentence for the person who decides what to do."""
    with pytest.raises(AnswerError) as caught:
        read_answer(body)
    assert (caught.value.case, str(caught.value)) == (case, text)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>502</html>",
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t"',
        b'{"ActionStatus":"OK","TaskId":"t"}',
        b'{"ErrorCode":0,"TaskId":"t"}',
        b'{"ActionStatus":"OK","ErrorCode":"0","TaskId":"t"}',
        b'{"ActionStatus":"OK","ErrorCode":false,"TaskId":"t"}',
        b'{"ActionStatus":"OK","ErrorCode":0.0,"TaskId":"t"}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":7}',
        b'{"ActionStatus":"OK","ErrorCode":90001,"ErrorCode":0,"TaskId":"t"}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t","X":NaN}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t","X":-Infinity}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t","ErrorList":{}}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t","ErrorList":["a"]}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t","ErrorList":[{"To_Account":"a"}]}',
        b'{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t"} {}',
        b'\xff\xfe{"ActionStatus":"OK"}',
        "\ufeff{}".encode(),
        '{"ActionStatus":"OK","ErrorCode":0,"TaskId":"t"}'.encode("utf-16"),
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"ActionStatus":"OK","ErrorCode":' + b"9" * 10_000 + b"}",
        b"\x1f\x8b\x08\x00",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_anything_unusual_is_no_answer(body: bytes) -> None:
    """A guess here is a second push or a lost one."""
    with pytest.raises(AnswerError):
        read_answer(body)


def test_the_error_does_not_repeat_the_answer() -> None:
    """What a stranger's proxy wrote does not get onto terminals through us."""
    with pytest.raises(AnswerError) as caught:
        read_answer(b"\x1b]0;evil\x07")
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        (NO_IDS, None),
        (ServiceIds(msg_id="m"), None),
        (ServiceIds(msg_key="k", msg_id="m"), "k"),
        (ServiceIds("t"), "t"),
        (ServiceIds("t", "k"), "t"),
    ],
)
def test_what_was_started_is_named_by_its_task_or_message_key(ids: ServiceIds, name: str | None) -> None:
    """A task comes before a message: reports and recalls ask by it."""
    assert ids.name == name
