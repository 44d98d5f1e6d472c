"""Bodies: what is read, and what is refused with 400, 413 and 415."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.api.reading import UnreadableBodyError, strict_json
from analyses.models import TextAnalysis
from tests.api.conftest import Program

TEXT = b'{"analysis_type": "sentiment", "text_content": "Good.", "model_config": %b}'

# After the kinds of JSONTestSuite: what parsers accept though they should not, or answer with a crash.
UNREADABLE = {
    "nothing": b" ",
    "half": b'{"text_content": "a"',
    "two values": b"{} {}",
    "trailing comma": b'{"a": 1,}',
    "comment": b'{"a": 1} // b',
    "single quotes": b"{'a': 1}",
    "bare word": b"{a: 1}",
    "leading zero": b'{"a": 012}',
    "plus": b'{"a": +1}',
    "half a fraction": b'{"a": 1.}',
    "hexadecimal": b'{"a": 0x1}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "minus Infinity": b'{"a": -Infinity}',
    "larger than any float": b'{"a": 1e999}',
    "5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "100,000 levels": b"[" * 100_000,
    "100,000 closed levels": b"[" * 100_000 + b"]" * 100_000,
    "33 levels": b"[" * 33 + b"]" * 33,
    "500 levels in objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "key twice": b'{"a": 1, "a": 1}',
    "key twice inside": b'{"a": [{"b": 1, "b": 2}]}',
    "no UTF-8": b'{"a": "\xff"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "half a character in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "raw control character": b'{"a": "\x01"}',
    "raw line end": b'{"a": "b\nc"}',
    "bad escape": b'{"a": "\\x41"}',
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_bodies_are_answered_400_in_the_one_shape(producer: Program, name: str) -> None:
    response = producer.post("/analyses", UNREADABLE[name])

    assert response.status_code == 400
    assert set(response.json()) == {"error", "detail", "timestamp", "request_id"}
    assert response.json()["error"] == "bad_request"
    assert not TextAnalysis.objects.exists()


def test_an_empty_body_is_unreadable(producer: Program) -> None:
    assert producer.post("/analyses", b"", CONTENT_TYPE="application/json").status_code == 400


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true", b'{"a": 1}', b"{}"])
def test_readable_but_unfit_bodies_are_answered_422(producer: Program, body: bytes) -> None:
    response = producer.post("/analyses", body)

    assert response.status_code == 422
    assert all(set(one) == {"field", "reason"} for one in response.json()["errors"])


def test_a_non_object_is_told_apart_in_words(producer: Program) -> None:
    assert producer.post("/analyses", b"[]").json()["errors"] == [
        {"field": "body", "reason": "Send a JSON object."}
    ]


@pytest.mark.parametrize(
    ("model_config", "status"),
    [
        (b"{}", 201),
        (b"null", 201),
        (b'{"\\ud83d\\ude00": [1, 2.5, true, null, "\xf0\x9f\x98\x80"]}', 201),
        (b"[" * 30 + b"]" * 30, 422),
        (b'{"a": "\\u0000"}', 422),
        (b'{"a": "\\ud800"}', 422),
        (b'{"a": 9007199254740993000}', 422),
        (b'{"a": ' + b"9" * 309 + b"}", 422),
    ],
)
def test_settings_are_kept_or_refused_never_an_error(
    producer: Program, model_config: bytes, status: int
) -> None:
    assert producer.post("/analyses", TEXT % model_config).status_code == status


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=a", ""]
)
def test_other_content_types_are_answered_415(producer: Program, content_type: str) -> None:
    response = producer.post("/analyses", TEXT % b"null", content_type=content_type)

    assert response.status_code == 415
    assert response.json()["detail"] == "Send application/json."


def test_another_charset_is_answered_415(producer: Program) -> None:
    kind = "application/json; charset=utf-16"
    assert producer.post("/analyses", TEXT % b"null", content_type=kind).status_code == 415
    kind = "application/json; charset=UTF-8"
    assert producer.post("/analyses", TEXT % b"null", content_type=kind).status_code == 201


def test_too_many_bytes_are_answered_413(producer: Program) -> None:
    response = producer.post("/analyses", b'"' + b"a" * 2_621_440 + b'"')

    assert response.status_code == 413
    assert response.json()["detail"] == "Send at most 2,621,440 bytes."


def test_a_body_is_not_read_for_strangers(stranger: Program) -> None:
    assert stranger.post("/analyses", b"{" * 3_000_000).status_code == 401


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_every_json_value_is_read_as_it_was_meant(value: Any) -> None:
    assert strict_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    with suppress(UnreadableBodyError):
        strict_json(body)
