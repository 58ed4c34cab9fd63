"""The few parts of threadpoolctl that fdnn's command and the tests use."""

from types import TracebackType
from typing import Any, Literal, Self

class threadpool_limits:
    def __init__(
        self, limits: int | None = None, user_api: Literal["blas", "openmp"] | None = None
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

def threadpool_info() -> list[dict[str, Any]]: ...
