"""What jax runs on: the memory it keeps, and where it keeps the programs it has compiled."""

import os
import warnings
from pathlib import Path

from irjax.errors import InputError

_NEEDED = 2 * 2**30
"""Bytes of addresses, most of them never used; with fewer, threads of XLA's end the process without a word of ours."""


def prepare() -> None:
    """What a training process does before anything else of jax. Raises InputError as `prepare_to_answer`."""
    keep_freed_memory()
    prepare_to_answer()


def prepare_to_answer() -> None:
    """What a process does before its first jit. Raises InputError where XLA would end it without a word of ours."""
    require_flags()
    require_room()
    use_compile_cache()


def require_flags() -> None:
    """Refuses XLA_FLAGS that are neither options nor a file of them. Raises InputError."""
    flags = os.environ.get("XLA_FLAGS", "").strip()
    if flags and not flags.startswith("--") and not Path(flags).is_file():
        raise InputError(f"XLA_FLAGS is {flags[:40]!r}, neither options (--xla_…) nor a file of them; unset it")


def require_room() -> None:
    """Refuses to begin where the shell allows too little memory. Raises InputError."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limits
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < _NEEDED:
        raise InputError(
            f"this shell allows {allowed / 2**30:.1f} GiB of memory (ulimit -v), less than the {_NEEDED // 2**30} GiB "
            "that a network takes; `ulimit -v unlimited` lifts that"
        )


def use_compile_cache() -> None:
    """Keeps compiled programs on disk, so that the next process starts at once; call it before the first jit.

    JAX_COMPILATION_CACHE_DIR overrules the place.
    """
    import jax

    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(base / "irjax" / "jax"))
    # A place that cannot be written to or read costs time and nothing else; jax would say so of each program.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache", UserWarning)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -3, -4, -8
"""Numbers of glibc's malloc.h."""


def keep_freed_memory() -> None:
    """Keeps the memory that a training step frees for the next one; call it before the first array is made.

    A step's gradients are hundreds of megabytes, which the C library would hand back to the system each time: fetching
    them anew costs a fault per page.
    """
    _tell_allocator({_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: -1, _M_ARENA_MAX: 1})  # a thread's own arena would map blocks


def return_freed_memory() -> None:
    """Hands back what an answer took; call it before there are threads, each of which else keeps it in its own heap."""
    _tell_allocator({_M_ARENA_MAX: 2, _M_MMAP_THRESHOLD: 2**20})


def _tell_allocator(parameters: dict[int, int]) -> None:
    """Does nothing where the C library is not glibc."""
    import ctypes
    import sys

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in parameters.items():
            mallopt(parameter, value)
