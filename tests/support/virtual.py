"""An event loop whose time passes only while nobody has anything to do."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class _Waiting(selectors.SelectSelector):
    """Waiting takes no time."""

    def __init__(self, passed: Callable[[float], None]) -> None:
        super().__init__()
        self._passed = passed

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing will happen any more")
        self._passed(max(0.0, timeout))
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop for code that does no input or output; seconds cost nothing."""

    def __init__(self) -> None:
        self._passed = 0.0
        super().__init__(_Waiting(self._pass))

    def _pass(self, seconds: float) -> None:
        self._passed += seconds

    def time(self) -> float:
        return self._passed


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, and fail if a task is left over."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:

        async def main() -> T:
            try:
                return await work
            finally:
                left = asyncio.all_tasks() - {asyncio.current_task()}
                assert not left, f"left over: {left}"

        return runner.run(main())
