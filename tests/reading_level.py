"""How hard a text is to read: the Flesch-Kincaid grade level, and the text of templates.

J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom: Derivation of New Readability Formulas
for Navy Enlisted Personnel. Research Branch Report 8-75, Naval Technical Training Command, 1975.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

# Names and abbreviations are spelled out, as people read them: PHQ-9 has four syllables.
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][a-z]+)*|\d")
_END = re.compile(r"[.!?;:]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
# What the rule of vowel groups gets wrong among the words in use.
_ODD = {"usually": 4, "usual": 3, "being": 2, "people": 2, "someone": 2, "promis": 2}
_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "dt", "dd", "div", "section", "form", "ul", "dl"})


def syllables(word: str) -> int:
    """Count the syllables of a word by its groups of vowels, less endings that are not heard."""
    plain = word.lower().replace("\u2019", "").replace("'", "")
    if plain in _ODD:
        return _ODD[plain]
    if word.isupper() or plain.isdigit():
        return len(plain)
    count = len(_VOWELS.findall(plain))
    # "te" in "late" is silent, "le" in "table" is not; nor is "ed" after t or d.
    silent = re.search(r"[^aeiouyl]es?$|[aeiouy]les?$|[^aeioutd]ed$", plain)
    heard = re.search(r"(?:[sxz]|ch|sh|[cg])es$", plain)
    if silent and not heard:
        count -= 1
    return max(count, 1)


def grade(text: str) -> float:
    """Give the grade: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    words = _WORD.findall(text)
    sentences = [part for part in _END.split(text) if _WORD.search(part)]
    each_sentence = len(words) / len(sentences)
    each_word = sum(map(syllables, words)) / len(words)
    return 0.39 * each_sentence + 11.8 * each_word - 15.59


class _Texts(HTMLParser):
    """Gather the running texts of a page: those of blocks, each apart."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = [""]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


def text_of(markup: str) -> str:
    """Give the whole sentences of a page, without buttons, headings and labels."""
    parser = _Texts()
    parser.feed(markup)
    texts = (" ".join(text.split()) for text in parser.texts)
    parts = (part.strip() for text in texts for part in re.split(r"(?<=[.!?])\s", text))
    return " ".join(part for part in parts if part.endswith((".", "!", "?")))


def markup_of(template: Path) -> str:
    """Give what a template says in every case; each value that is filled in is one short word."""
    said = []
    for _line, kind, value in Environment(autoescape=True).lex(template.read_text("utf-8")):
        if kind == "data":
            said.append(value)
        elif kind in {"variable_end", "block_end"}:
            said.append(" it " if kind == "variable_end" else " ")
    return "".join(said)
