"""A Cleanser whose process is killed once, in the middle of a batch."""

import os
import signal
import threading
from pathlib import Path
from typing import Any, TypeVar

from liminal.bulk import Cleanser

B = TypeVar("B")

# Seconds. The rest of a batch takes longer.
_SOON = 0.02


class Dying(Cleanser):
    def __init__(self, *args: Any, once: Path, **options: Any) -> None:
        super().__init__(*args, **options)
        self._once = once

    def __call__(self, batch: B) -> B:
        if len(batch) and self._is_first():  # type: ignore[arg-type]
            super().__call__(batch[:2])  # type: ignore[index]  # these will be sent twice
            threading.Timer(_SOON, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return super().__call__(batch)

    def _is_first(self) -> bool:
        try:
            self._once.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
