"""Bodies of refused handshakes and error frames, as one line of text."""

import json

import pytest

from s2s.core.events import TurnComplete, UpstreamErrorReported
from s2s.upstream.codec.error_text import MAX_CHARS, from_error_frame, one_line, refusal_text
from s2s.upstream.codec.gemini_codec import decode
from s2s.upstream.refusals.close_codes import diagnose

DENIED = {
    "error": {
        "code": 403,
        "message": "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/x'.",
        "status": "PERMISSION_DENIED",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED"}],
    }
}
SENTENCE = f"HTTP 403 PERMISSION_DENIED: {DENIED['error']['message']} (IAM_PERMISSION_DENIED)"


@pytest.mark.parametrize("document", [DENIED, [DENIED]])
def test_googles_sentence_stands_in_it_alone_or_in_a_list(document: object):
    assert refusal_text(403, json.dumps(document, indent=2).encode()) == SENTENCE


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "HTTP 503"),
        (b"", "HTTP 503"),
        (b"  \n", "HTTP 503"),
        (b"Service Unavailable", "HTTP 503: Service Unavailable"),
        (b"<html><head><style>p{}</style><title>Oops</title></head><p>Try&nbsp;later", "HTTP 503: Oops Try later"),
        (b"<html></html>", "HTTP 503: an empty page"),
        (b'{"error": "invalid_grant", "error_description": "Bad"}', "HTTP 503 invalid_grant: Bad"),
        (b'{"error": {}}', "HTTP 503"),
        (b'{"error": {"message": 7, "status": []}}', "HTTP 503"),
        (b"[]", "HTTP 503: []"),
        (b"null", "HTTP 503: null"),
        (b"[" * 60_000, None),
        (b"\xff\xfe\x00", None),
        (b"a\r\nb\x1b[31mc\xe2\x80\xae", "HTTP 503: a b [31mc"),
    ],
)
def test_any_body_becomes_one_bounded_line(body: bytes | None, text: str | None):
    told = refusal_text(503, body)
    assert text is None or told == text
    assert told.startswith("HTTP 503")
    assert len(told) <= MAX_CHARS
    assert told.isprintable()


def test_a_body_of_megabytes_is_cut():
    assert len(refusal_text(500, b"x" * 5_000_000)) == MAX_CHARS
    assert len(one_line("y" * 10_000)) == MAX_CHARS


def frame(error: object, **others: object) -> list[object]:
    return list(decode(json.dumps({"error": error, **others}), iter(())))


def test_an_error_frame_is_read_behind_whatever_else_the_frame_says():
    told = frame({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "No."}, serverContent={"turnComplete": True})
    assert told == [TurnComplete(), UpstreamErrorReported(429, "RESOURCE_EXHAUSTED", "No.")]


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        ({"code": 400, "message": "Bad."}, 400, "Bad."),
        ({"code": 8, "status": "RESOURCE_EXHAUSTED", "message": "No."}, 429, "RESOURCE_EXHAUSTED: No."),
        ({"status": "UNAVAILABLE"}, 503, "UNAVAILABLE"),
        ({"message": "Odd."}, 1011, "Odd."),
        ({"code": 200, "message": "Odd."}, 1011, "Odd."),
    ],
)
def test_an_error_frame_means_what_a_refusal_with_its_status_means(error: object, code: int, reason: str):
    [told] = frame(error)
    assert isinstance(told, UpstreamErrorReported)
    assert from_error_frame(told) == (code, reason)


@pytest.mark.parametrize(
    "frame",
    [
        '{"error": "Your prepayment credits are depleted."}',
        '[{"error": {"code": 429, "message": "Your prepayment credits are depleted."}}]',
        '{"error": [{"code": "429", "message": "Your prepayment credits are depleted.", "status": null}]}',
        '{"error": {"message": "Your prepayment credits are depleted.", "code": {}, "status": 8}}',
    ],
)
def test_an_error_frame_of_another_form_is_read_all_the_same(frame: str):
    told, *_ = decode(frame, iter(()))
    assert isinstance(told, UpstreamErrorReported)
    code, reason = from_error_frame(told)
    assert diagnose(code, reason, was_live=False).code == "credits_depleted"
