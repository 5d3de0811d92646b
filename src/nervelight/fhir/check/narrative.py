"""The text of a resource for people: the part of XHTML that FHIR allows, and nothing that runs."""

from __future__ import annotations

import re
from html.entities import html5
from xml.etree import ElementTree

__all__ = ["fault_of_narrative"]

_XHTML = "{http://www.w3.org/1999/xhtml}"
# Chapters 7 to 11 (without 9.4) and 15 of HTML 4.0, `a` and images: https://hl7.org/fhir/R4/narrative.html
_TAGS = re.compile(
    "a|abbr|acronym|address|area|b|bdo|big|blockquote|br|caption|cite|code|col|colgroup|dd|dfn|div|dl|dt|em|h[1-6]|hr|i|"
    "img|kbd|li|map|ol|p|pre|q|samp|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|ul|var"
)
_ATTRIBUTES = re.compile(
    "abbr|accesskey|align|alt|axis|border|cellpadding|cellspacing|char|charoff|cite|class|colspan|coords|dir|frame|"
    "headers|height|href|id|lang|name|nohref|rowspan|rules|scope|shape|span|src|style|summary|tabindex|title|type|"
    "valign|width"
)
_XML = {"amp", "lt", "gt", "quot", "apos"}
_LINK = re.compile(r"(?:https?:|mailto:|tel:|#|(?![a-z][a-z0-9+.-]*:))", re.IGNORECASE)


def fault_of_narrative(div: str) -> list[tuple[str, str]]:
    """Return rule and text of the first thing that is wrong with the ``div`` of a narrative, if anything is.

    txt-1 is about what may stand there, txt-2 about whether anything does.
    """
    if re.search(r"<!DOCTYPE|<!ENTITY|<\?", div, re.IGNORECASE):
        return [("txt-1", "declarations and processing instructions are not allowed")]
    try:
        root = ElementTree.fromstring(re.sub(r"&(\w+);", _character, div))
    except ElementTree.ParseError as problem:
        return [("txt-1", f"not well-formed: {problem}")]
    if root.tag != f"{_XHTML}div":
        return [("txt-1", "the outermost element is not div of XHTML")]
    for element in root.iter():
        name = str(element.tag).removeprefix(_XHTML)
        if not _TAGS.fullmatch(name):
            return [("txt-1", f"<{name}> is not allowed")]
        for attribute, value in element.attrib.items():
            plain = attribute.removeprefix("{http://www.w3.org/XML/1998/namespace}")
            if not _ATTRIBUTES.fullmatch(plain):
                return [("txt-1", f"the attribute {plain} is not allowed")]
            if plain == "href" and not _LINK.match(value.strip()):
                return [("txt-1", f"a link to {value[:30]!r} is not allowed")]
            if plain == "src" and not (value.startswith("data:image/") or _LINK.match(value.strip())):
                return [("txt-1", f"an image from {value[:30]!r} is not allowed")]
            if plain == "style" and re.search(r"url\s*\(|expression|@import", value, re.IGNORECASE):
                return [("txt-1", "a style that loads something is not allowed")]
    if not "".join(root.itertext()).strip() and root.find(f".//{_XHTML}img") is None:
        return [("txt-2", "there is nothing to read")]
    return []


def _character(match: re.Match[str]) -> str:
    name = match[1]
    return match[0] if name in _XML else html5.get(f"{name};", match[0])
