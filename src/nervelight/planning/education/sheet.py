"""A sheet as it is shown, and its version: the hash of exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Line", "Question", "Sheet"]


@dataclass(frozen=True)
class Line:
    """What stands in one paragraph.

    Parameters
    ----------
    text : str
    sources : tuple of str
        Keys of sources.toml.
    quoted : bool
        Whether it is the sentence of a claim, word for word.
    listed : bool
        Whether it is one of the signs that the sentence before them announces.
    """

    text: str
    sources: tuple[str, ...]
    quoted: bool = False
    listed: bool = False


@dataclass(frozen=True)
class Question:
    """A question back. Wrong answers are explained, and nobody is marked down.

    Parameters
    ----------
    id : str
    ask : str
    choices : tuple of (str, str)
        Id and words of each.
    right : str
        Id of the choice that fits the sheet.
    why : str
        What the sheet says about it.
    """

    id: str
    ask: str
    choices: tuple[tuple[str, str], ...]
    right: str
    why: str


@dataclass(frozen=True)
class Sheet:
    """One page to read.

    Parameters
    ----------
    slug : str
        Name in addresses.
    title : str
    lines : tuple of Line
    questions : tuple of Question
    language : {"en", "de"}
    """

    slug: str
    title: str
    lines: tuple[Line, ...]
    questions: tuple[Question, ...]
    language: str

    @property
    def text(self) -> str:
        """Every word that is shown, as plain text: what is kept of a version."""
        return "\n".join(self._shown()) + "\n"

    @property
    def version(self) -> str:
        """SHA-256 of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Keys of all sources, each once."""
        return tuple(dict.fromkeys(key for line in self.lines for key in line.sources))

    def wrong(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """Return the questions whose answer does not fit the sheet."""
        return tuple(each for each in self.questions if answers.get(each.id) != each.right)

    def _shown(self) -> Iterator[str]:
        yield self.title
        yield ""
        yield from (line.text for line in self.lines)
        for question in self.questions:
            yield ""
            yield f"? {question.ask}"
            for name, words in question.choices:
                yield f"{'*' if name == question.right else '-'} {words}"
            yield f"= {question.why}"
