"""Reading an answer: the documented form is believed, and nothing else."""

from __future__ import annotations

import pytest

from pushspec.tencent.answers import AnswerError, read_answer


def test_a_documented_answer_is_read() -> None:
    """The ids are kept as the service wrote them."""
    answer = read_answer(
        b'{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"TaskId":"batch_53743040_1441","New":1.5,'
        b'"ErrorList":[{"To_Account":"b","ErrorCode":70107,"ErrorInfo":"x"},{"To_Account":"a","ErrorCode":70107}]}'
    )
    assert (answer.action_status, answer.code, answer.task_id) == ("OK", 0, "batch_53743040_1441")
    assert answer.refused == {70107: ("b", "a")}


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
