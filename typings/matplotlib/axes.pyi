from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axis import Axis
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike, NDArray

class Axes:
    xaxis: Axis
    yaxis: Axis
    @property
    def lines(self) -> Sequence[Line2D]: ...
    @property
    def texts(self) -> Sequence[Text]: ...
    @property
    def images(self) -> Sequence[AxesImage]: ...
    @property
    def spines(self) -> dict[str, Spine]: ...
    def get_position(self) -> Bbox: ...
    def scatter(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        s: float = ...,
        color: str = ...,
        alpha: float = ...,
        linewidths: float = ...,
        zorder: float = ...,
    ) -> object: ...
    def plot(
        self,
        x: Sequence[float],
        y: Sequence[float],
        /,
        *,
        color: str = ...,
        linestyle: tuple[float, tuple[float, float] | None] = ...,
        alpha: float = ...,
        linewidth: float = ...,
        solid_capstyle: Literal["butt", "projecting", "round"] = ...,
        clip_on: bool = ...,
        zorder: float = ...,
    ) -> list[Line2D]: ...
    def imshow(
        self,
        X: NDArray[np.floating[Any]],
        *,
        cmap: str = ...,
        vmin: float = ...,
        vmax: float = ...,
        interpolation: str = ...,
    ) -> AxesImage: ...
    def text(
        self,
        x: float,
        y: float,
        s: str,
        *,
        color: str = ...,
        fontsize: float = ...,
        ha: str = ...,
        va: str = ...,
    ) -> Text: ...
    def set_xticks(
        self,
        ticks: Sequence[float],
        labels: Sequence[str],
        *,
        rotation: float = ...,
        ha: str = ...,
        color: str = ...,
    ) -> object: ...
    def set_yticks(
        self, ticks: Sequence[float], labels: Sequence[str], *, color: str = ...
    ) -> object: ...
    def annotate(
        self,
        text: str,
        xy: tuple[float, float],
        *,
        xycoords: str | tuple[str, str] = ...,
        xytext: tuple[float, float] = ...,
        textcoords: str = ...,
        color: str = ...,
        fontsize: float = ...,
        fontweight: str = ...,
        ha: str = ...,
        va: str = ...,
        parse_math: bool = ...,
        annotation_clip: bool = ...,
    ) -> Text: ...
    def grid(self, visible: bool, *, color: str = ..., linewidth: float = ...) -> None: ...
    def tick_params(
        self, *, colors: str = ..., labelsize: float = ..., length: float = ...
    ) -> None: ...
    def set_axis_off(self) -> None: ...
    def set_title(
        self,
        label: str,
        *,
        loc: str = ...,
        fontsize: float = ...,
        fontweight: str = ...,
        color: str = ...,
        pad: float = ...,
        parse_math: bool = ...,
    ) -> Text: ...
    def get_title(self, loc: str = ...) -> str: ...
    def set_xlabel(self, xlabel: str, *, color: str = ..., fontsize: float = ...) -> Text: ...
    def set_ylabel(self, ylabel: str, *, color: str = ..., fontsize: float = ...) -> Text: ...
    def get_xlabel(self) -> str: ...
    def get_ylabel(self) -> str: ...
    def set_xlim(self, left: float, right: float) -> tuple[float, float]: ...
    def set_ylim(self, bottom: float, top: float) -> tuple[float, float]: ...
    def get_ylim(self) -> tuple[float, float]: ...
    def set_xscale(self, value: str) -> None: ...
    def axvline(
        self,
        x: float,
        *,
        color: str = ...,
        linewidth: float = ...,
        linestyle: tuple[float, tuple[float, float] | None] = ...,
    ) -> Line2D: ...
    def set_yscale(self, value: str) -> None: ...
    def get_yscale(self) -> str: ...
