"""What jax runs on, and where it keeps the programs it has compiled."""

import os
from pathlib import Path


def use_compile_cache() -> None:
    """Keeps compiled programs on disk, so that the next process starts at once; call it before the first jit.

    JAX_COMPILATION_CACHE_DIR overrules the place.
    """
    import jax

    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(base / "irjax" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
