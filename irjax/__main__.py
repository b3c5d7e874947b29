"""`irjax`, and `python -m irjax`: the command, which Ctrl-C ends without a word until it can say one."""

import signal
import sys


def main(words: list[str] | None = None) -> int:
    """Runs the command, of these words or of the command line; returns the exit status."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else nobody listens, as in the background
    if heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from irjax import cli

    if heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
