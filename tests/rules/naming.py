"""What the rules look for in names: a check takes a syntax tree or a text, and gives its faults."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

# The forms that differ from the verb; `read`, `put` and `spread` are verbs as they stand.
IRREGULAR = frozenset(
    {
        "begun", "bought", "bound", "broken", "brought", "built", "caught", "chosen", "done",
        "drawn", "driven", "fallen", "felt", "forgotten", "found", "given", "gone", "grown",
        "heard", "held", "hidden", "kept", "known", "laid", "left", "lent", "lost", "made",
        "meant", "met", "paid", "said", "seen", "sent", "shown", "sold", "spoken", "spent",
        "stood", "stuck", "sunk", "sworn", "taken", "taught", "thought", "thrown", "told",
        "undrawn", "unsent", "unseen", "withdrawn", "won", "worn", "written",
    }
)  # fmt: skip
# They end in -ed and are no participles.
OTHERWISE = frozenset({"bed", "breed", "embed", "exceed", "feed", "need", "proceed", "red", "seed"})
# What may stand before a participle without making a verb or a noun of it.
BEFORE = frozenset({"as", "just", "never", "not", "un"})
# Too vague to begin a name with, whatever follows.
NOTHING_SAID = frozenset({"found", "held", "kept", "said", "shown", "told"})
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
DOTTED = re.compile(
    r"\b(?:tracker\.)?((?:charts|cli|domain|exchange|instruments|models|services|web)"
    r"(?:\.[a-z_][a-z0-9_]*)+)\.(_?[A-Z]\w*)"
)
OF_A_LAYER = re.compile(r"\b(?:tracker\.)?(?:domain|services|exchange|models|web)\.([A-Z]\w*)")


def is_participle(word: str) -> bool:
    """Say whether a word is the past participle of a verb."""
    return word in IRREGULAR or (len(word) > 3 and word.endswith("ed") and word not in OTHERWISE)


def named_by_participle(tree: ast.AST) -> Iterator[str]:
    """Find functions and classes that are named by a past participle, or begin with a vague one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = node.name.strip("_").split("_")
        elif isinstance(node, ast.ClassDef):
            words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", node.name)
        else:
            continue
        if _says_what_was_done([word.lower() for word in words]):
            yield f"{node.lineno}: {node.name}"


def _says_what_was_done(words: list[str]) -> bool:
    rest = [word for place, word in enumerate(words) if place or word not in BEFORE]
    while len(rest) > 1 and rest[0] in BEFORE:
        rest = rest[1:]
    return (len(rest) == 1 and is_participle(rest[0])) or words[0] in NOTHING_SAID


def class_names(tree: ast.AST) -> Iterator[str]:
    """Find the names of all classes of a module, also those inside others."""
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def declared_twice(modules: Iterable[tuple[str, str, ast.AST]]) -> Iterator[str]:
    """Find class names that a layer declares more than once; a module is (layer, path, tree)."""
    places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for layer, path, tree in modules:
        for name in class_names(tree):
            places[layer, name].append(path)
    for (layer, name), paths in places.items():
        if len(paths) > 1:
            yield f"{name} in {layer}: {', '.join(paths)}"


def lost_classes(text: str, classes: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Find classes that the comments of a template name and that are not there.

    `classes` are the names by module, which is written as from `tracker.`.
    """
    for comment in COMMENT.finditer(text):
        line = text.count("\n", 0, comment.start()) + 1
        for place, name in DOTTED.findall(comment.group()):
            if name not in classes.get(place, ()):
                yield f"{line}: {place}.{name}"
        for short in OF_A_LAYER.finditer(comment.group()):
            yield f"{line}: {short.group()} names no module"
