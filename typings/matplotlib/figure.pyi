from collections.abc import Sequence
from typing import IO, Literal

from matplotlib.axes import Axes
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text

class Figure:
    def __init__(
        self,
        figsize: tuple[float, float],
        dpi: float,
        *,
        facecolor: str = ...,
        layout: LayoutEngine | None = ...,
    ) -> None: ...
    @property
    def axes(self) -> list[Axes]: ...
    @property
    def texts(self) -> list[Text]: ...
    def get_size_inches(self) -> tuple[float, float]: ...
    def suptitle(
        self,
        t: str,
        *,
        x: float = ...,
        ha: str = ...,
        fontsize: float = ...,
        fontweight: str = ...,
        color: str = ...,
    ) -> object: ...
    def subplots(
        self,
        nrows: int,
        ncols: Literal[1],
        *,
        squeeze: Literal[False],
        sharex: bool = ...,
        height_ratios: Sequence[float] = ...,
    ) -> Sequence[tuple[Axes]]: ...  # an array with one axes a row
    def add_subplot(self) -> Axes: ...
    def add_axes(self, rect: tuple[float, float, float, float]) -> Axes: ...
    def text(
        self,
        x: float,
        y: float,
        s: str,
        *,
        fontsize: float = ...,
        fontweight: str = ...,
        color: str = ...,
        va: str = ...,
    ) -> Text: ...
    def savefig(self, fname: IO[bytes], *, format: str) -> None: ...
