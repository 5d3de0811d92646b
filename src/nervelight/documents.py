"""Reading YAML and JSON documents: every fault at once, each with its path, what was given and what is allowed.

Cases and data files alike are read here. Keys that stand twice and keys that nobody knows are faults.
"""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import json
import os
import re
import tempfile
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from nervelight.errors import Fault, InvalidInput, closest

__all__ = [
    "Day",
    "Document",
    "Text",
    "csv_text",
    "fault_path",
    "read_data",
    "read_json",
    "read_text",
    "read_yaml",
    "user_folder",
    "validated",
    "write_all",
    "yaml_text",
]

ModelT = TypeVar("ModelT", bound=BaseModel)


def _day(value: object) -> object:
    # A bare number would be read as seconds since 1970.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("needs a date as YYYY-MM-DD")


# Control characters and marks that turn the direction of writing could make a page say something else.
Text = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]+$")
]
Day = Annotated[dt.date, BeforeValidator(_day), Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 1, 1))]


class Document(BaseModel):
    """Base of every schema of this package: frozen, unknown keys refused, fields documented."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


def _mapping_without_duplicates(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, (str, int, float, bool)):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        seen.add(key)
    return typing.cast(dict[Any, Any], loader.construct_mapping(node, deep=True))


def _strict(base: Any) -> Any:
    """Return a safe loader that refuses a key standing twice and leaves ``yes``, ``no``, ``on``, ``off`` as words."""
    loader: Any = type("StrictLoader", (base,), {})
    loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
    return loader


_StrictLoader = _strict(yaml.SafeLoader)
# Ten times faster, but it overflows the stack on deep nesting: for the package's own files only.
_FastStrictLoader = _strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_yaml(path: Path | str, text: str | None = None) -> Any:
    """Read a YAML file, or `text` that stands for it.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is not UTF-8, is not YAML, or has a key twice. The fault names the line.
    """
    return _parse(str(path), read_text(path) if text is None else text, _StrictLoader)


def read_text(path: Path | str) -> str:
    """Read a text file to the letter: its line ends stay as they are.

    Raises
    ------
    InvalidInput
        If the file cannot be read or is not UTF-8.
    """
    where = str(path)
    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise InvalidInput(where, [Fault("file", where, "a file that exists")]) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput(where, [Fault("file", where, f"a readable UTF-8 text file: {problem}")]) from None


def read_json(path: Path | str, text: str | None = None) -> Any:
    """Read a JSON file, or `text` that stands for it.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is not UTF-8, is not JSON, or has a key twice. The fault names the line.
    """
    where = str(path)
    if text is None:
        text = read_text(path)
    try:
        # Editors of one system put a mark before the text; JSON does not know it.
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        at = f"line {problem.lineno}, column {problem.colno}" if isinstance(problem, json.JSONDecodeError) else "file"
        what = problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)
        raise InvalidInput(where, [Fault(at, what, "JSON, each key once")]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return keys and values as `read_yaml` reads them, in their order; None is a key with nothing behind it."""
    dumper: Any = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    dumper.add_representer(type(None), lambda own, _: own.represent_scalar("tag:yaml.org,2002:null", ""))
    dumper.add_representer(list, lambda own, rows: own.represent_sequence(_SEQUENCE, rows, flow_style=_flat(rows)))
    dumper.add_representer(_Row, lambda own, row: own.represent_mapping(_MAPPING, row, flow_style=True))
    return yaml.dump(_rows_apart(data), Dumper=dumper, allow_unicode=True, sort_keys=False, width=110)


_SEQUENCE, _MAPPING = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"


class _Row(dict[str, Any]):
    """A mapping in a list, written on one line."""


def _flat(rows: Sequence[Any]) -> bool:
    return not any(isinstance(row, _Row) for row in rows)


def _rows_apart(value: Any, kind: type[dict[str, Any]] = dict) -> Any:
    if isinstance(value, Mapping):
        return kind({key: _rows_apart(inner) for key, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return [_rows_apart(inner, _Row) for inner in value]
    return value


def read_data(package: str, *path: str) -> Any:
    """Read a YAML file that belongs to this package.

    Parameters
    ----------
    package : str
        The room, such as ``nervelight.optics``.
    *path : str
        Folders and name of the file in it.

    Raises
    ------
    InvalidInput
        As `read_yaml`.
    """
    text = resources.files(package).joinpath(*path).read_text(encoding="utf-8")
    return _parse(path[-1], text, _FastStrictLoader)


def _parse(where: str, text: str, loader: Any) -> Any:
    try:
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError) as problem:
        # PyYAML raises the last three for explicit tags that do not fit their value, such as `!!int ''`.
        mark = getattr(problem, "problem_mark", None)
        at = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        what = getattr(problem, "problem", None) or str(problem)
        raise InvalidInput(where, [Fault(at, what, "YAML as in examples/")]) from None


def validated(model: type[ModelT], data: object, where: str) -> ModelT:
    """Return `data` as a `model`, or raise with all of its faults.

    Raises
    ------
    InvalidInput
        With one fault for each thing that is missing, unknown or not allowed.
    """
    if not isinstance(data, dict):
        raise InvalidInput(where, [Fault("file", data, "a mapping of keys to values, as in examples/")])
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise InvalidInput(where, _faults(model, problem)) from None


def fault_path(loc: Sequence[int | str]) -> str:
    """Write a location as people do: ``('scores', 0, 'value')`` becomes ``scores[0].value``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text or "file"


def _faults(model: type[BaseModel], problem: ValidationError) -> list[Fault]:
    faults: list[Fault] = []
    errors = problem.errors(include_url=False)
    within = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    for error in errors:
        if error["type"] == "too_short" and error["loc"] in within:
            # The list is short because one of its entries is wrong, which is told already.
            continue
        *path, last = error["loc"] or ("file",)
        # The last part is what the user wrote, whatever it looks like, where a key is unknown.
        path += [last] if error["type"] == "extra_forbidden" or isinstance(last, int) or not _is_tag(last) else []
        loc = (*(part for part in path[:-1] if isinstance(part, int) or not _is_tag(part)), *path[-1:])
        kind, context = error["type"], error.get("ctx", {})
        own = context.get("error")
        if isinstance(own, InvalidInput) and not Path(own.where).suffix:
            # A check of several fields at once tells each of its faults under its own path. One of another file, which
            # the check had to read, is told whole.
            place = "" if loc == ("file",) else f"{fault_path(loc)}."
            faults += [replace(inner, path=f"{place}{inner.path}") for inner in own.faults]
            continue
        value, suggestion = error["input"], ""
        if kind == "missing" or (value is None and kind != "extra_forbidden"):
            value, allowed = None, _why(model, loc) or "it is required"
        elif kind == "extra_forbidden":
            known = _keys_at(model, loc[:-1])
            hint = closest(str(loc[-1]), known)
            value = loc[-1]
            allowed = f"an unknown key; known here: {', '.join(sorted(known))}" if known else "an unknown key"
            suggestion = f"did you mean {hint!r}?" if hint else ""
        elif kind in {"literal_error", "enum"}:
            choices = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
            hint = closest(str(value), choices)
            allowed = f"one of {', '.join(choices)}"
            suggestion = f"did you mean {hint!r}?" if hint else ""
        elif kind == "value_error":
            allowed = str(context["error"])
        elif kind in {"union_tag_invalid", "union_tag_not_found"}:
            allowed = f"{context.get('discriminator', 'kind')} must be one of {context.get('expected_tags', '')}"
        else:
            allowed = error["msg"][0].lower() + error["msg"][1:]
        faults.append(Fault(fault_path(loc), value, allowed, suggestion))
    return faults


def _is_tag(part: str) -> bool:
    # Pydantic puts the name of the union member that it tried into the location; users never wrote that.
    return part.startswith("function-") or part.endswith("]") or part[:1].isupper()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models_in(get_args(annotation)[0])
    if origin in (Union, types.UnionType, list, tuple, dict):
        return [found for argument in get_args(annotation) for found in _models_in(argument)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _models_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[type[BaseModel]]:
    here = [model]
    for part in loc:
        if isinstance(part, int):
            continue
        here = [
            found
            for candidate in here
            if part in candidate.model_fields
            for found in _models_in(candidate.model_fields[part].annotation)
        ]
    return here


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    return [field.alias or name for found in _models_at(model, loc) for name, field in found.model_fields.items()]


def _why(model: type[BaseModel], loc: Sequence[int | str]) -> str:
    """Say why a missing field is needed: the first line of its documentation."""
    for found in _models_at(model, loc[:-1]):
        fields = {field.alias or name: field for name, field in found.model_fields.items()}
        field = fields.get(str(loc[-1]))
        if field is not None and field.description:
            return "required: " + " ".join(field.description.split())
    return ""


def csv_text(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV. A text that a spreadsheet would run as a formula begins with an apostrophe.

    Examples
    --------
    >>> csv_text(["day", "note"], [("2026-08-03", "=1+1"), ("2026-08-05", None)])
    "day,note\\n2026-08-03,'=1+1\\n2026-08-05,\\n"
    """
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_unarmed(each) for each in row] for row in rows)
    return made.getvalue()


def _unarmed(value: Any) -> Any:
    # A spreadsheet would run what begins like a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def user_folder(*parts: str) -> Path:
    """Return a folder of this user's own data; it need not exist yet.

    ``NERVELIGHT_DATA`` names another place than the usual one of the system.
    """
    from platformdirs import user_data_path

    chosen = os.environ.get("NERVELIGHT_DATA")
    return (Path(chosen) if chosen else user_data_path("nervelight", appauthor=False)).joinpath(*parts)


def write_all(files: Mapping[Path, str | bytes]) -> None:
    """Write several files whole or not at all: each is written beside its place first, then all are moved there.

    Parameters
    ----------
    files : mapping of Path to str or bytes
        What each file holds; text is written as UTF-8.
    """
    for path in files:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as handle:
                ready.append((Path(handle.name), path))
                handle.write(content.encode() if isinstance(content, str) else content)
        for written, path in ready:
            # NamedTemporaryFile makes files that only the owner may read.
            written.chmod(0o666 & ~_umask())
            written.replace(path)
    finally:
        for written, _ in ready:
            written.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
