"""What `irjax evaluate` does: judges a trained run on molecules it has never met."""

import argparse

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.commands.output import show_figures, warn
from irjax.data.dataset import open_dataset


def run(arguments: argparse.Namespace) -> int:
    predictor = load(arguments.run_dir)
    warn(predictor.warnings)
    judged = evaluate(predictor, open_dataset(arguments.data), arguments.part, arguments.include_training)
    warn(tuple(judged.figures["warnings"]))
    show_figures(judged.figures, "network", arguments.json)
    return 0
