"""One value that was written outside the file: in a variable or on the command line.

A text field takes it as it is (quotes around all of it may stay), a secret exactly as it is;
anything else is read as YAML.
"""

from hub_agent.settings.problems import KeyPath, Place, Problem, dotted
from hub_agent.settings.scalars import resolve
from hub_agent.settings.shape import Kind, Shape
from hub_agent.settings.text_checks import control_character
from hub_agent.settings.tree import Leaf, Node
from hub_agent.settings.yaml_source import parse_yaml

MAX_VALUE_CHARS = 64 * 1024


def read_written(
    text: str, place: Place, shape: Shape, path: KeyPath
) -> tuple[Node | None, list[Problem]]:
    """The node of a written value, None where nothing was written or it cannot be read."""
    if len(text) > MAX_VALUE_CHARS:
        limit = f"at most {MAX_VALUE_CHARS} characters"
        return None, [Problem(place, dotted(path), "is too long", limit)]
    if shape.kind is Kind.HIDDEN:
        return Leaf(text, text, place), []
    control = control_character(text)
    if control is not None:
        message = f"has the control character {control[1]}"
        return None, [Problem(place, dotted(path), message, "remove it")]
    if shape.is_text:
        return _text_leaf(text, place), []
    parsed = parse_yaml(text, lambda _: place, path=path)
    return parsed.node, [_at(problem, path) for problem in parsed.problems]


def _at(problem: Problem, path: KeyPath) -> Problem:
    if problem.key:
        return problem
    return Problem(problem.place, dotted(path), f"has {problem.message}", problem.suggestion)


def _text_leaf(text: str, place: Place) -> Leaf:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    if is_quoted:
        return Leaf(text[1:-1], text[1:-1], place)
    return Leaf(resolve(text), text, place)
