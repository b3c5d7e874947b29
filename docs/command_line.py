"""The directive `irjax-commands`: every command with its arguments, from the parser itself, so that it cannot drift."""

import argparse
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from irjax.cli import _parser

PLAIN = {"FILE": "a file", "RUN": "a trained run", "OUT": "where to", "CSV": "a table", "DIR": "a folder"}
"""What an argument is of which the parser says nothing but its name."""


class Commands(SphinxDirective):
    """A section for each command: what it does, how it is called, and a definition list of its arguments."""

    def run(self) -> list[nodes.Node]:
        return [self._section(name, parser) for name, parser in commands(_parser(lists_config=False))]

    def _section(self, name: str, parser: argparse.ArgumentParser) -> nodes.section:
        section = nodes.section("", nodes.title(text=name), ids=[nodes.make_id(name)], names=[name])
        self.state.document.note_explicit_target(section, section)
        for paragraph in (parser.description or "").strip().split("\n\n"):
            section += nodes.paragraph(text=" ".join(paragraph.split()))
        arguments = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
        options, positional = [], []
        for action in arguments:
            if action.help != argparse.SUPPRESS:
                (options if action.option_strings else positional).append(action)
        section += nodes.literal_block("", usage(name, positional, options), language="text")
        if positional or options:
            section += nodes.definition_list("", *(_item(action) for action in (*positional, *options)))
        return section


def commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command's name and parser; of a command with kinds (`make synthetic`) the kinds."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                kinds = list(commands(command, f"{before}{name} "))
                if not kinds:
                    command.description = command.description or _help(action, name)
                yield from kinds or [(f"irjax {before}{name}", command)]


def usage(name: str, positional: list[argparse.Action], options: list[argparse.Action]) -> str:
    """How a command is called: what must be given, in order; the rest is listed below it."""
    needed = [f"{action.option_strings[0]} {_value(action)}" for action in options if action.required]
    words = [name, *(_value(action) for action in positional), *needed]
    return " ".join([*words, *(["[OPTION …]"] if len(needed) < len(options) else [])])


def _help(action: argparse._SubParsersAction, name: str) -> str:
    found = next((choice.help or "" for choice in action._choices_actions if choice.dest == name), "")
    return f"{found[:1].upper()}{found[1:]}."


def _value(action: argparse.Action) -> str:
    named = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    named = "|".join(map(str, action.choices)) if action.choices else named
    return f"{named} …" if action.nargs in ("+", "*") else named


def _item(action: argparse.Action) -> nodes.definition_list_item:
    takes = "" if action.nargs == 0 else _value(action)
    shown = f"{', '.join(action.option_strings)} {takes}".strip() if action.option_strings else takes
    said = (action.help or "").replace("%(default)s", str(action.default))
    tells = action.nargs != 0 and action.default not in (None, False, [])
    if action.option_strings and tells and "default" not in said:
        said = f"{said} (default: {action.default})".strip()
    if action.required and action.option_strings:
        said = f"{said} (needed)"
    term = nodes.term("", "", nodes.literal(text=shown))
    return nodes.definition_list_item(
        "", term, nodes.definition("", nodes.paragraph(text=said or PLAIN.get(takes, "to choose")))
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Makes the directive known to Sphinx."""
    app.add_directive("irjax-commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
