"""What `irjax completion` does: prints a script by which a shell completes commands, options and files."""

import argparse
from collections.abc import Iterator

import shtab

_FILES = {"FILE", "OUT", "CSV", "NPZ", "JSON", "PATH"}
_FOLDERS = {"DIR", "RUN", "DATASET"}


def run(arguments: argparse.Namespace) -> int:
    print(script(arguments.parser, arguments.shell))
    return 0


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script of a shell for a parser; what its metavars call files and folders is completed as such."""
    for action in _actions(parser):
        kind = shtab.FILE if action.metavar in _FILES else shtab.DIRECTORY if action.metavar in _FOLDERS else None
        if kind is not None:
            action.complete = kind  # pyright: ignore[reportAttributeAccessIssue]
    return shtab.complete(parser, shell)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every action of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
