"""``python -m liminal.cli``: the same as ``liminal``."""

from __future__ import annotations

from liminal.cli import main

if __name__ == "__main__":  # pragma: no cover - run in a separate process
    main()
