"""Sending: against a server on this machine that answers in every way that servers do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fhir_peer import FHIR, Peer, outcome, response
from nervelight.errors import InvalidInput, NotSent
from nervelight.fhir import sending
from nervelight.fhir.sending import delivery_of, send_bundle

TOKEN = "secret-of-the-clinic"


def transaction(*types: str, method: str = "PUT") -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": {"resourceType": kind, "id": f"{number}", "name": [{"text": "Eva Muster"}]},
                "request": {"method": method, "url": f"{kind}/{number}" if method == "PUT" else kind},
            }
            for number, kind in enumerate(types)
        ],
    }


def send(peer: Peer, bundle: Any = None, **options: Any) -> Any:
    return send_bundle(bundle or transaction("Patient"), peer.url, **{"pause": 0.0, "timeout": 5.0, **options})


def test_a_transaction_is_posted_once_to_the_base_with_its_token(peer):
    peer.answers(response("201 Created", "200"))
    answers = send(peer, transaction("Patient", "Goal"), token=TOKEN)
    assert [(each.place, each.status, each.accepted) for each in answers] == [
        ("Patient/0", "201 Created", True),
        ("Goal/1", "200", True),
    ]
    ((path, headers, body),) = peer.got
    assert path == "/fhir"
    assert headers["Content-Type"] == "application/fhir+json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Prefer"] == "return=minimal"
    assert body == transaction("Patient", "Goal")


def test_without_a_token_none_is_sent(peer):
    peer.answers(response("201"))
    send(peer)
    assert "Authorization" not in peer.got[0][1]


def test_an_entry_that_is_refused_is_told_with_its_reason(peer):
    peer.answers(response("201", "400 Bad Request", text="no such day"))
    good, bad = send(peer, transaction("Patient", "Goal"))
    assert good.accepted
    assert not bad.accepted
    assert bad.issues == ("error: Patient.birthDate: no such day",)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ((401, FHIR, json.dumps(outcome("log in")).encode()), "refused it (401): error: Patient.birthDate: log in"),
        ((403, {}, b"no"), "answered 403 with no FHIR"),
        ((413, {"Content-Type": "text/html"}, b"<html>"), "(413: too large); nothing was taken. Ask who runs it"),
        ((422, FHIR, json.dumps(outcome("wrong code")).encode()), "refused it (422): error: Patient.birthDate: wrong"),
        ((500, {"Content-Type": "text/html"}, b"<html>down</html>"), "answered 500 with no FHIR (text/html)"),
        ((200, {"Content-Type": "text/html"}, b"<html>hello</html>"), "whether anything was taken is not known"),
        ((200, FHIR, b'{"resourceType": "Bundle", "entry": []}'), "not for each of 1 entries"),
        ((200, FHIR, json.dumps(outcome("half")).encode()), "what was taken is not known"),
        ((200, FHIR, b"[[[" * 40 + b"]]]" * 40), "with no FHIR"),
        ((200, FHIR, b'{"a": NaN}'), "with no FHIR"),
        ((302, {"Location": "https://elsewhere.example/fhir"}, b""), "https://elsewhere.example/fhir (302); nothing"),
        ((307, {"Location": "/fhir/"}, b""), "sends us on to /fhir/"),
    ],
)
def test_every_other_answer_is_one_clear_error(reply, told, peer):
    peer.answers(reply)
    with pytest.raises(NotSent) as problem:
        send(peer, token=TOKEN)
    assert told in str(problem.value)
    assert TOKEN not in str(problem.value)
    # A refusal is not tried again, and what sends us on is not followed.
    assert len(peer.got) == 1


def test_a_refused_token_says_where_the_token_comes_from(peer):
    peer.answers((401, FHIR, json.dumps(outcome("log in")).encode()))
    with pytest.raises(NotSent, match="NERVELIGHT_FHIR_TOKEN"):
        send(peer)


def test_what_a_server_says_is_never_shown_as_markup_or_control_signs(peer):
    peer.answers((422, FHIR, json.dumps(outcome("<script>alert(1)</script>\x1b[31m")).encode()))
    with pytest.raises(NotSent) as problem:
        send(peer)
    assert "script" not in str(problem.value)
    assert "\x1b" not in str(problem.value)
    assert "invalid" in str(problem.value)


def test_a_server_that_is_away_for_a_moment_gets_it_again_when_every_entry_is_a_put(peer):
    peer.answers((503, {}, b""), (429, {}, b""), response("200"))
    assert [each.status for each in send(peer)] == ["200"]
    assert len(peer.got) == 3


def test_a_post_is_never_sent_twice(peer):
    peer.answers((503, {}, b""), response("201"))
    with pytest.raises(NotSent, match="answered 503"):
        send(peer, transaction("Patient", method="POST"))
    assert len(peer.got) == 1


def test_three_attempts_are_all(peer):
    peer.answers((503, {}, b""))
    with pytest.raises(NotSent, match="answered 503"):
        send(peer)
    assert len(peer.got) == sending.ATTEMPTS


def test_a_server_that_keeps_silent_leaves_open_what_became_of_it(peer):
    peer.answers(0.4)
    with pytest.raises(NotSent, match="whether it took what was sent is not known"):
        send(peer, transaction("Patient", method="POST"), timeout=0.1)
    assert len(peer.got) == 1
    with pytest.raises(NotSent, match="sending it again does no harm"):
        send(peer, timeout=0.1)
    assert len(peer.got) == 1 + sending.ATTEMPTS


def test_nobody_there_means_nothing_was_sent():
    with pytest.raises(NotSent, match="was not reached; nothing was sent"):
        send_bundle(transaction("Patient"), "http://127.0.0.1:9", pause=0.0)


def test_an_answer_without_end_is_not_read(peer, monkeypatch):
    monkeypatch.setattr(sending, "ANSWER_AT_MOST", 1000)
    peer.answers((200, FHIR, b" " * 200_000))
    with pytest.raises(NotSent, match="larger than"):
        send(peer)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://fhir.example.org/r4", "everybody read"),
        ("http://127.0.0.1.example.org/r4", "everybody read"),
        ("ftp://127.0.0.1/r4", "base address"),
        ("fhir.example.org", "base address"),
        ("https://", "base address"),
        ("https://fhir.example.org:port/", "base address"),
        ("https://[::1", "base address"),
        ("https://fhir.example.org/\nx", "base address"),
        ("https://fhir.example.org/?token=1", "without ?"),
    ],
)
def test_an_address_to_which_a_record_must_not_go_is_refused(url, told):
    with pytest.raises(InvalidInput) as problem:
        delivery_of(transaction("Patient"), url)
    assert told in str(problem.value)


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(InvalidInput) as problem:
        delivery_of(transaction("Patient"), "https://me:hunter2@fhir.example.org")
    assert "hunter2" not in str(problem.value)


@pytest.mark.parametrize("url", ["http://localhost:80/fhir", "http://[::1]/fhir", "https://fhir.example.org/r4/"])
def test_this_machine_and_https_are_let_through(url):
    assert delivery_of(transaction("Patient"), url).url == url.rstrip("/")


def test_a_token_that_is_none_is_refused_and_not_repeated(peer):
    peer.answers(response("200"))
    with pytest.raises(InvalidInput) as problem:
        send(peer, token="two words\r\nX-Evil: 1")
    assert "words" not in str(problem.value)
    assert peer.got == []


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    bundle = transaction("Patient")
    change(bundle)
    return bundle


@pytest.mark.parametrize(
    ("bundle", "path"),
    [
        ([], "type"),
        ({"resourceType": "Patient"}, "type"),
        (broken(lambda b: b.update(type="collection")), "type"),
        (broken(lambda b: b.update(entry=[])), "entry"),
        (broken(lambda b: b.update(entry=7)), "entry"),
        (broken(lambda b: b["entry"].append(None)), "entry[1].resource"),
        (broken(lambda b: b["entry"][0].pop("request")), "entry[0].request.method"),
        (broken(lambda b: b["entry"][0]["request"].update(method="DELETE")), "entry[0].request.method"),
        (broken(lambda b: b["entry"][0]["request"].update(url="../../admin")), "entry[0].request.url"),
        (broken(lambda b: b["entry"][0]["request"].update(url="Goal/0")), "entry[0].request.url"),
        (broken(lambda b: b["entry"][0]["request"].update(method="POST")), "entry[0].request.url"),
    ],
)
def test_what_is_no_transaction_of_puts_and_posts_is_not_sent(bundle, path):
    with pytest.raises(InvalidInput) as problem:
        delivery_of(bundle, "https://fhir.example.org")
    assert [fault.path for fault in problem.value.faults] == [path]


def test_it_is_said_who_would_receive_what():
    found = delivery_of(transaction("Patient", "Goal", "Goal"), "https://fhir.example.org/r4")
    assert found.host == "fhir.example.org"
    assert found.kinds == {"Patient": 1, "Goal": 2}
    assert found.names == ("Eva Muster",)
    assert found.repeatable
    assert not delivery_of(transaction("Goal", method="POST"), "https://fhir.example.org").repeatable


def test_an_answer_byte_by_byte_is_not_waited_for_without_end(peer, monkeypatch):
    monkeypatch.setattr(sending, "STEPS_AT_MOST", -1)
    peer.answers(response("200"))
    with pytest.raises(NotSent, match="too slowly"):
        send(peer)
