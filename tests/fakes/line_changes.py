"""What somebody could do to the lines of a log."""

from typing import TypeAlias

Lines: TypeAlias = list[bytes]


def swapped(lines: Lines) -> Lines:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def removed(lines: Lines) -> Lines:
    return [lines[0], *lines[2:]]


def doubled(lines: Lines) -> Lines:
    return [*lines[:2], lines[1], *lines[2:]]
