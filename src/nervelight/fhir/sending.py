"""Sending a Bundle to a FHIR server: to the one that is named and to no other, and what became of each entry."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nervelight.errors import Fault, InvalidInput, NotSent
from nervelight.fhir.reading_elements import at, objects, plain
from nervelight.fhir.reading_json import json_in
from nervelight.fhir.reading_people import name_of

if TYPE_CHECKING:
    import httpx

__all__ = ["TOKEN_VARIABLE", "Delivery", "EntryAnswer", "check_address", "delivery_of", "send_bundle"]

TOKEN_VARIABLE = "NERVELIGHT_FHIR_TOKEN"
"""Environment variable with the bearer token: what stands on a command line is seen by everybody on the machine."""
CONTENT_TYPE = "application/fhir+json"
ANSWER_AT_MOST = 20_000_000
ATTEMPTS = 3
# A server that answers byte by byte keeps within the time of each step, and has to end all the same.
STEPS_AT_MOST = 10
PAUSE = 1.0
"""Seconds before the second attempt; twice as long before each further one."""
# Answers after which the same may be sent again: too many requests, and a server that is away for a moment.
_AGAIN = (429, 502, 503, 504)
TOO_LARGE = 413
_METHODS = ("PUT", "POST")
_PLACE = re.compile(r"[A-Za-z]{1,64}/[A-Za-z0-9.-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8000}")
ISSUES_SHOWN = 5


@dataclass(frozen=True)
class EntryAnswer:
    """What became of one entry."""

    path: str
    """Its place in the bundle."""
    place: str
    """Where it was to stand, such as ``Patient/7``."""
    status: str
    """Status of HTTP that the server gives for it."""
    issues: tuple[str, ...] = ()
    """What the server says is wrong, or worth knowing."""

    @property
    def accepted(self) -> bool:
        """Whether the server took it."""
        return self.status[:1] == "2"


@dataclass(frozen=True)
class Delivery:
    """What would be sent where: to be shown before it is."""

    url: str
    """The server's base."""
    host: str
    kinds: Mapping[str, int]
    """How many resources of each type."""
    names: tuple[str, ...]
    """Names of the patients in it."""
    places: tuple[str, ...]
    """Where each entry is to stand, in order; a type alone where the server chooses the id."""
    size: int
    """Bytes."""
    repeatable: bool
    """Whether sending twice is the same as sending once."""

    @property
    def entries(self) -> int:
        """How many resources."""
        return len(self.places)


def check_address(url: str) -> None:
    """Check the address of a server.

    Raises
    ------
    InvalidInput
        If it is none to which a person's record may go: HTTPS, or HTTP on this machine, without a password in it.
    """
    if faults := [*_url_faults(url)]:
        raise InvalidInput("send", faults)


def delivery_of(bundle: Any, url: str, where: str = "bundle") -> Delivery:
    """Check a Bundle and an address, and return what would be sent where.

    Parameters
    ----------
    bundle : Resource
        A transaction or batch of PUT and POST.
    url : str
        Base of the server: HTTPS, or HTTP on this machine.
    where : str
        Named in faults.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    faults = [*_url_faults(url), *_bundle_faults(bundle)]
    if faults:
        raise InvalidInput(where, faults)
    entries = bundle["entry"]
    return Delivery(
        url=url.rstrip("/"),
        host=str(urlsplit(url).hostname),
        kinds=Counter(entry["resource"]["resourceType"] for entry in entries),
        names=tuple(
            name_of(entry["resource"]) or "no name"
            for entry in entries
            if entry["resource"]["resourceType"] == "Patient"
        ),
        places=tuple(entry["request"]["url"] for entry in entries),
        size=len(_text(bundle)),
        repeatable=all(entry["request"]["method"] == "PUT" for entry in entries),
    )


def send_bundle(
    bundle: Any,
    url: str,
    *,
    token: str = "",
    timeout: float = 60.0,
    pause: float = PAUSE,
    where: str = "bundle",
) -> tuple[EntryAnswer, ...]:
    """Send a Bundle to a server and return what became of each entry.

    Parameters
    ----------
    bundle, url, where
        As for `delivery_of`.
    token : str
        Bearer token; empty for none. It goes to this server alone and stands in no message.
    timeout : float
        For each step of the talk [s].
    pause : float
        Before the second attempt [s].

    Raises
    ------
    InvalidInput
        As `delivery_of`, or if the token cannot be one.
    NotSent
        If the server refuses it, or does not answer as FHIR asks. Redirects are not followed.

    Notes
    -----
    It is sent again, up to three times in all, only where a first attempt can have done no harm: the server was not
    reached, or every entry is a PUT, which done twice is done once.
    """
    found = delivery_of(bundle, url, where)
    if token and not _TOKEN.fullmatch(token):
        # Not shown: it is a secret.
        raise InvalidInput(where, [Fault(TOKEN_VARIABLE, "not shown", "a bearer token: letters, digits and ._~+/=-")])
    # All resources sent back would be as large as what was sent, and nobody reads them.
    headers = {"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE, "Prefer": "return=minimal"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    status, head, body = _answered(found, _text(bundle), headers, timeout, pause)
    return _entries(found, status, head, body)


def _url_faults(url: str) -> Iterator[Fault]:
    allowed = "the base address of a FHIR server, such as https://fhir.example.org/r4"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield Fault("--fhir", url, allowed)
        return
    if parts.scheme not in ("http", "https") or not host or re.search(r"[^\x21-\x7e]", url):
        yield Fault("--fhir", url, allowed)
    elif parts.username is not None or parts.password is not None:
        # Not shown: it holds a password.
        yield Fault("--fhir", "not shown", f"an address without name and password; set {TOKEN_VARIABLE}")
    elif parts.query or parts.fragment:
        yield Fault("--fhir", url, f"{allowed}, without ? and #")
    elif parts.scheme == "http" and not _loopback(host):
        yield Fault("--fhir", url, "https: on the way, http lets everybody read a person's record")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bundle_faults(bundle: Any) -> Iterator[Fault]:
    kind, type_ = at(bundle, "resourceType"), at(bundle, "type")
    if not isinstance(bundle, dict) or kind != "Bundle" or type_ not in ("transaction", "batch"):
        told = f"{plain(kind)} {plain(type_) or ''}".strip()
        yield Fault("type", told, "a Bundle of type transaction (`nervelight export --fhir` without --collection)")
        return
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not entries:
        yield Fault("entry", None, "at least one entry")
        return
    for index, entry in enumerate(entries):
        request, kind = at(entry, "request"), at(entry, "resource", "resourceType")
        method, place = at(request, "method"), at(request, "url")
        if not isinstance(kind, str):
            yield Fault(f"entry[{index}].resource", None, "a resource")
        elif method not in _METHODS:
            yield Fault(f"entry[{index}].request.method", method, f"one of {', '.join(_METHODS)}")
        elif method == "PUT" and not (
            isinstance(place, str) and _PLACE.fullmatch(place) and place.startswith(f"{kind}/")
        ):
            yield Fault(f"entry[{index}].request.url", place, f"where it is to stand: {plain(kind)}/ID")
        elif method == "POST" and place != kind:
            yield Fault(f"entry[{index}].request.url", place, f"its type, {plain(kind)}")


def _text(bundle: Any) -> bytes:
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def _answered(
    found: Delivery, text: bytes, headers: Mapping[str, str], timeout: float, pause: float
) -> tuple[int, httpx.Headers, bytes]:
    import ssl

    import httpx

    # The certificates that this machine trusts; no proxy, no password file: the server named, and nobody else.
    client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=ssl.create_default_context())
    with client:
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                with client.stream("POST", found.url, content=text, headers=dict(headers)) as answer:
                    body = _body(answer, time.monotonic() + STEPS_AT_MOST * timeout)
                if answer.status_code not in _AGAIN or last or not found.repeatable:
                    return answer.status_code, answer.headers, body
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                if last:
                    raise NotSent(f"{found.host} was not reached; nothing was sent ({_why(problem)})") from None
            except httpx.TransportError as problem:
                if last or not found.repeatable:
                    again = "; sending it again does no harm" if found.repeatable else ""
                    why = f"no answer from {found.host} ({_why(problem)})"
                    raise NotSent(f"{why}; whether it took what was sent is not known{again}") from None
            time.sleep(pause * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns or raises")


def _why(problem: Exception) -> str:
    return plain(str(problem)) or type(problem).__name__


def _body(answer: httpx.Response, until: float) -> bytes:
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if time.monotonic() > until:
            raise NotSent("the answer comes too slowly and was not read to its end; whether all was taken is not known")
        if len(body) > ANSWER_AT_MOST:
            limit = f"{ANSWER_AT_MOST // 1_000_000} MB"
            raise NotSent(f"the answer is larger than {limit} and was not read; whether all was taken is not known")
    return bytes(body)


def _entries(found: Delivery, status: int, head: httpx.Headers, body: bytes) -> tuple[EntryAnswer, ...]:
    if 300 <= status < 400:
        there = plain(head.get("location", "")) or "nowhere"
        raise NotSent(f"{found.host} sends us on to {there} ({status}); nothing was sent there: name that address")
    if status == TOO_LARGE:
        size = f"{found.size / 1e6:,.1f} MB, {found.entries:,} resources"
        told = "nothing was taken. Ask who runs it to let in as much at once: a course is sent whole or not at all"
        raise NotSent(f"{found.host} takes no transaction of {size} ({status}: too large); {told}")
    try:
        answer = json_in(body, f"answer of {found.host}")
    except InvalidInput as problem:
        kind = plain(head.get("content-type", "")) or "no type"
        told = "nothing was taken" if status >= 400 else "whether anything was taken is not known"
        raise NotSent(f"{found.host} answered {status} with no FHIR ({kind}); {told}: {problem.faults[0]}") from None
    if not 200 <= status < 300:
        hint = f"; is {TOKEN_VARIABLE} set to a token that is good for this server?" if status in (401, 403) else ""
        issues = "; ".join(_issues(answer)) or "without a reason"
        raise NotSent(f"{found.host} refused it ({status}): {issues}{hint}")
    responses = answer.get("entry") if isinstance(answer, dict) else None
    if at(answer, "resourceType") != "Bundle" or not isinstance(responses, list) or len(responses) != found.entries:
        issues = "; ".join(_issues(answer)) or f"{len(responses) if isinstance(responses, list) else 'no'} entries"
        told = f"{found.host} answered {status}, but not for each of {found.entries} entries: {issues}"
        raise NotSent(f"{told}; what was taken is not known")
    return tuple(
        EntryAnswer(
            f"Bundle.entry[{index}]",
            place,
            plain(at(response, "response", "status")) or "none",
            tuple(_issues(at(response, "response", "outcome"))),
        )
        for index, (place, response) in enumerate(zip(found.places, responses, strict=True))
    )


def _issues(outcome: Any) -> Sequence[str]:
    """Return what an OperationOutcome says, a line each; nothing where it is none."""
    if at(outcome, "resourceType") != "OperationOutcome":
        return []
    told = []
    for _, issue in objects(outcome.get("issue")):
        text = plain(at(issue, "details", "text")) or plain(issue.get("diagnostics")) or plain(issue.get("code"))
        places = issue.get("expression") or issue.get("location")
        place = plain(places[0]) if isinstance(places, list) and places else None
        told.append(": ".join(filter(None, (plain(issue.get("severity")), place, text))))
    more = len(told) - ISSUES_SHOWN
    return [*told[:ISSUES_SHOWN], *([f"and {more} more"] if more > 0 else [])]
