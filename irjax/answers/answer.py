"""What a network says of a spectrum."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_FEW = 5
"""That are named one by one."""


@dataclass(frozen=True)
class Group:
    """What it says of one functional group."""

    name: str
    probability: float
    """Calibrated, if the run had spectra to calibrate on."""
    answer: str
    """present, absent or uncertain."""
    note: str = ""
    """Where the word and the probability seem to contradict each other, why."""


@dataclass(frozen=True)
class Curve:
    """A spectrum that it predicts."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Answer:
    """What it says of one spectrum: of groups, or of classes where it learned those; or of a molecule, its spectrum."""

    file: str
    groups: tuple[Group, ...]
    exact: float | None
    """The chance that the groups called present are all there are; None where that is not known."""
    warnings: tuple[str, ...]
    classes: tuple[tuple[str, float], ...] = ()
    """The likeliest classes and their probabilities."""
    curve: Curve | None = None
    phase: str = "unknown"
    """Of the sample, as the file or a person says; in some of them a group has bounds of its own."""

    def __repr__(self) -> str:
        """`<Answer acetone.csv: Alkane, Ketone present; Enol uncertain; 34 absent>`."""
        said = [f"{', '.join(self.present)} present"] if self.present else []
        if self.uncertain:
            few = len(self.uncertain) <= _FEW
            said.append(f"{', '.join(self.uncertain) if few else len(self.uncertain)} uncertain")
        said += [f"{len(self.absent)} absent"] if self.absent else []
        said += [f"{name} {chance:.2f}" for name, chance in self.classes[:_FEW]]
        said += [f"a curve of {len(self.curve.x)} points"] if self.curve else []
        said += [f"warnings: {len(self.warnings)}"] if self.warnings else []
        return f"<Answer {self.file}: {'; '.join(said)}>"

    def __contains__(self, name: object) -> bool:
        """Refused, since all groups are in it, those that are absent too.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"an answer holds every group; is {name!r} in answer.present?")

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    def __getitem__(self, name: str) -> Group:
        """What it says of the group of that name.

        Raises:
            KeyError: it knows of none; the message names those that are called alike.
        """
        for group in self.groups:
            if group.name == name:
                return group
        names = {group.name.lower(): group.name for group in self.groups}
        alike = [names[each] for each in get_close_matches(str(name).lower(), names)]
        raise KeyError(f"no group {name!r}" + (f"; there is {' or '.join(alike)}" if alike else ""))

    @property
    def present(self) -> tuple[str, ...]:
        """The groups that are there."""
        return tuple(group.name for group in self.groups if group.answer == "present")

    @property
    def absent(self) -> tuple[str, ...]:
        """The groups that are not there."""
        return tuple(group.name for group in self.groups if group.answer == "absent")

    @property
    def uncertain(self) -> tuple[str, ...]:
        """The groups of which nothing can be said."""
        return tuple(group.name for group in self.groups if group.answer == "uncertain")

    def to_dict(self) -> dict[str, Any]:
        """As `irjax predict --format json` writes it."""
        if self.curve:
            found: dict[str, Any] = {"curve": {"x": list(self.curve.x), "y": list(self.curve.y)}}
        elif self.classes:
            found = {"classes": [{"name": name, "probability": probability} for name, probability in self.classes]}
        else:
            groups = [
                {key: value for key, value in vars(group).items() if key != "note" or value} for group in self.groups
            ]
            found = {"groups": groups, "exact": self.exact}
        return {"file": self.file, **found, "warnings": list(self.warnings)}


def answer_of(file: str, record: dict[str, Any], warnings: list[str], phase: str = "unknown") -> Answer:
    """The answer that a task's `record` holds.

    Raises:
        ValueError: it holds neither groups nor classes nor a curve.
    """
    if record.keys().isdisjoint(("groups", "classes", "curve")):
        raise ValueError(
            f"a task's record holds groups, classes or a curve; this one: {', '.join(record) or 'nothing'}"
        )
    curve = record.get("curve")
    return Answer(
        file,
        tuple(Group(**group) for group in record.get("groups", ())),
        record.get("exact"),
        tuple(warnings),
        tuple((likely["name"], likely["probability"]) for likely in record.get("classes", ())),
        curve and Curve(tuple(curve["x"]), tuple(curve["y"])),
        phase,
    )
