"""What `irjax serve` does: the local page, on the loopback interface alone, until Ctrl-C."""

import argparse
import socket
import threading

from irjax.answers.predictor import load
from irjax.commands.output import warn
from irjax.data.dataset import open_dataset
from irjax.engine.backend import return_freed_memory
from irjax.errors import InputError, UsageError
from irjax.tasks.task import require_error

_HOST = "127.0.0.1"
_AT_ONCE = 64


def run(arguments: argparse.Namespace) -> int:
    try:
        import uvicorn

        from irjax.server.app import application
    except ImportError as error:
        raise InputError(f"the page needs {error.name}; pip install 'irjax[page]' brings it") from None
    from irjax.server.analyst import Analyst

    require_error(arguments.error)
    return_freed_memory()
    reference = open_dataset(arguments.reference) if arguments.reference else None
    with _listening(arguments.port) as listening:
        port = listening.getsockname()[1]
        predictor = load(arguments.run_dir)
        warn(predictor.warnings)
        analyst = Analyst(predictor, reference, arguments.error)
        threading.Thread(target=analyst.warm, daemon=True).start()
        print(f"http://{_HOST}:{port} shows the page until Ctrl-C; nothing leaves this machine", flush=True)
        config = uvicorn.Config(
            application(analyst, port),
            log_level="error",
            lifespan="off",
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
            server_header=False,
            ws="none",
        )
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listening(port: int) -> socket.socket:
    """A socket on a port of the loopback interface; 0 takes one that is free.

    Raises:
        UsageError: there is no such port.
        InputError: it is taken.
    """
    if not 0 <= port < 2**16:
        raise UsageError(f"--port must lie from 0 to 65535, not {port}")
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((_HOST, port))
    except OSError as error:
        found.close()
        raise InputError(f"port {port} cannot be had ({error.strerror}); --port 0 takes a free one") from None
    found.listen(128)
    return found
