"""The records: a layer, an architecture, its parameters, their gradient, and what forward leaves.

An `Architecture` is what a network *is*, without numbers: a chain of layers.  `Params` is an
architecture and one read-only vector, of which the layers' `W` and `b` are views; `Grads` is the
same space's gradient.  So an optimizer is a few lines of vector arithmetic, and gradients of
another architecture cannot be applied.  The names of all axes are in the type, `Params[Pixel,
Hidden, Cat]`, and the layers remember them at run time.

Methods are one-line doors to the two folds of `fdnn.propagation`: they check, then call.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from numbers import Real
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Protocol,
    Self,
    TypeAlias,
    overload,
    runtime_checkable,
)

import attrs
import numpy as np
from numpy.typing import DTypeLike

from fdnn import matrix as mx
from fdnn import propagation
from fdnn.activations import Activation, identity
from fdnn.annotations import field_names, matrix_fields, weight_columns
from fdnn.axes import Axes, C, Dim, Hidden, In, M, Next, One, Out, R, describe, named_dim, same_axis
from fdnn.errors import ArgumentError, AxisError, DtypeError, KindError, ShapeError, with_article
from fdnn.guards import (
    Record,
    admit,
    admit_weights,
    require_kind,
    require_same_axes,
    require_sizes,
    setters,
)
from fdnn.keys import INFERENCE, Context, Key, as_key
from fdnn.matrix import Array, Matrix
from fdnn.propagation import Cache, LayerCache, LayerLike

# ------------------------------------------------------------------------------------------ layers


StagedMap: TypeAlias = tuple[
    Callable[[Sequence[Array], Context], object],
    Callable[[Sequence[Array], Sequence[Array]], object],
]
"""`forward(arrays, context)` and `backward(arrays, gradients)`, arrays in the layer's order."""


class Layer(Record, ABC, Generic[In, Out]):
    """A parametrised map from the axis `In` to the axis `Out`, and the activation that follows.

    A kind of layer is a frozen attrs record that subclasses this one.  Its fields annotated
    `Matrix[..., ...]` are its parameters; their sizes follow from `axes` and are checked when it is
    built, and in an architecture they stand blank.  It says what `axes` it has, goes `forward`, and
    its cache goes `backward`; that is all.  Equality, hash, `repr` and pickling come from here.
    """

    activation: Activation = identity
    """What follows the map; the identity unless a kind says otherwise."""

    @property
    @abstractmethod
    def axes(self) -> tuple[Dim[In], Dim[Out]]:
        """The sizes of the inputs and of the outputs, with their names."""

    @abstractmethod
    def forward(
        self, A: Matrix[In, M], context: Context, /
    ) -> tuple[Matrix[Out, M], Cache[In, Out, M]]:
        """`Z` from the activations `A` of the layer before, and what the way back needs."""

    def staged(self, A: Array, Z: Array, dZ: Array, dA: Array | None, /) -> StagedMap | None:
        """Both ways over buffers that are kept: from `A` fill `Z`, and from `dZ` fill `dA`.

        `dA` is None where nobody asks for it.  Where this is None, the plan calls the pure
        functions: see `fdnn.plan`.
        """
        return None

    def require_numbers(self, where: str) -> None:
        """Refuse a blank layer where one with numbers is due (`KindError`)."""
        if any(mx.is_blank(array) for array in self.arrays):
            why = "initialize(network, rng=0) gives them"
            raise KindError(where, f"{self!r} is blank", "a layer with numbers", why)

    def initialized(self, key: Key, /) -> Self:
        """The layer with the numbers that training starts from; a kind without any is itself."""
        return self

    def calibrated(self, _inputs: Iterable[Matrix[In, Any]], /) -> Self:
        """The layer with what it must know of all its inputs before it is used.

        A kind that knows nothing of them is itself; see `fdnn.calibration`.
        """
        return self

    @property
    def arrays(self) -> tuple[Matrix[Any, Any], ...]:
        """The parameters, in the order in which the record declares them."""
        return tuple(getattr(self, name) for name in self.parameter_names)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of the fields that are parameters, in the order of `arrays`."""
        return tuple(matrix_fields(type(self)))

    @property
    def weight_columns(self) -> tuple[int, ...]:
        """How many of the leading columns of each array are weights, which decay; see `weights`.

        Read from the annotations: of `Matrix[Out, Biased[In]]` all but the bias, of a column none.
        """
        annotations = matrix_fields(type(self))
        return tuple(
            weight_columns(annotations[name], mx.size_of(array)[1])
            for name, array in zip(self.parameter_names, self.arrays, strict=True)
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The fields that are no parameters, by name."""
        names = [name for name in field_names(type(self)) if name not in self.parameter_names]
        return {name: getattr(self, name) for name in names}

    def replace(self, arrays: Iterable[Matrix[Any, Any]], /) -> Self:
        """The same layer with other parameters."""
        return type(self)(**self.settings, **dict(zip(self.parameter_names, arrays, strict=True)))

    def over(self, arrays: Iterable[Matrix[Any, Any]], /) -> Self:
        """`replace` for arrays that are known to fit: the folds come through here at every step."""
        new = object.__new__(type(self))
        fields = {**self.settings, **dict(zip(self.parameter_names, arrays, strict=True))}
        for name, value in fields.items():
            object.__setattr__(new, name, value)
        return new

    def __rshift__(self, after: Layer[Out, Next]) -> Architecture[In, Out, Next]:
        """`self >> after`: the chain of the two layers."""
        return chain(self) >> after

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Every kind compares and prints as layers do, whatever attrs would generate."""
        for method in ("__eq__", "__hash__", "__repr__"):
            setattr(cls, method, getattr(Layer, method))

    def __attrs_post_init__(self) -> None:
        require_kind(type(self).__name__, "activation", self.activation, Activation, "such as relu")
        super().__attrs_post_init__()
        require_sizes(self, self.axes)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        ours, theirs = ([*map(_bits, layer.arrays)] for layer in (self, other))
        return self.settings == other.settings and ours == theirs

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.settings.values())))

    def __repr__(self) -> str:
        inputs, outputs = self.axes
        return f"{type(self).__name__}({inputs!r} -> {outputs!r}, {self.activation.name})"


def _bits(a: Matrix[Any, Any]) -> object:
    """What two matrices of the same numbers have in common, NaN and signed zero told apart."""
    array = mx.to_numpy(a)
    return array.shape if mx.is_blank(a) else (array.shape, array.dtype, array.tobytes())


# ------------------------------------------------------------------------------------ architectures


class OnArchitecture(Record, Generic[*Axes]):
    """The base of the records that belong to one architecture, and so have its axes."""

    __slots__ = ()

    architecture: Architecture[*Axes]

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of all axes, from the inputs to the outputs, with their names."""
        return self.architecture.axes

    def require_architecture(
        self, where: str, argument: str, expected: Architecture[*tuple[Any, ...]], why: str
    ) -> None:
        """Refuse what belongs to another architecture (`ShapeError`, `AxisError`)."""
        if self.architecture is expected:
            return
        require_same_axes(where, argument, self.axes, expected.axes, why)
        if self.architecture != expected:
            raise AxisError(where, f"{argument} is of {self.architecture!r}", repr(expected), why)


def _as_tuple(layers: Iterable[Layer[Any, Any]]) -> tuple[Layer[Any, Any], ...]:
    return tuple(layers)


@attrs.frozen(repr=False, order=False)
class Architecture(Record, Generic[*Axes]):
    """What a network is, without numbers: a chain of layers that fit.

    `dense(pixel, hidden, relu) >> dense(hidden, cat, sigmoid)` is an `Architecture[Pixel, Hidden,
    Cat]`.  `initialize(architecture, rng=...)` gives it numbers.

    Two are equal where their kinds, sizes and settings are; the names of axes, of which some may
    not be known, are compared at the doors.  Raises `ShapeError` or `AxisError` where a layer does
    not take what the layer before it gives.
    """

    layers: tuple[Layer[Any, Any], ...] = attrs.field(converter=_as_tuple)
    axes: tuple[Dim[Any], ...] = attrs.field(init=False, eq=False)
    """The sizes of all axes, from the inputs to the outputs, with their names."""

    ends: tuple[int, ...] = attrs.field(init=False, eq=False)
    """Where each array of the layers ends in the one vector of parameters."""

    def __attrs_post_init__(self) -> None:
        if not self.layers:
            raise ShapeError("Architecture", "layers is empty", "at least one layer")
        for layer in self.layers:
            require_kind("Architecture", "a layer", layer, Layer)
            if any(not mx.is_blank(array) for array in layer.arrays):
                why = "an architecture has none: params_of(layer) >> ... keeps them, in Params"
                raise KindError("Architecture", f"{layer!r} has numbers", "a blank layer", why)
        object.__setattr__(self, "axes", _axes_along(self.layers))
        sizes = [mx.to_numpy(array).size for layer in self.layers for array in layer.arrays]
        object.__setattr__(self, "ends", tuple(accumulate(sizes)))

    @property
    def architecture(self) -> Architecture[*Axes]:
        """Itself; so that where `Params` will do, an architecture may do too."""
        return self

    @property
    def size(self) -> int:
        """How many parameters the network has."""
        return self.ends[-1] if self.ends else 0

    @cached_property
    def weights(self) -> Array:
        """Which parameters are weights, `(size,)`, read-only: those that decay and are regularised.

        Biases, gains, shifts and statistics are none.
        """
        parts = [np.zeros(0, bool)]
        for layer in self.layers:
            for array, leading in zip(layer.arrays, layer.weight_columns, strict=True):
                is_weight = np.zeros(array.shape, bool)
                is_weight[:, :leading] = True
                parts.append(is_weight.reshape(-1))
        return mx.freeze(np.concatenate(parts))

    def __rshift__(
        self: Architecture[*Hidden, Out], after: Layer[Out, Next]
    ) -> Architecture[*Hidden, Out, Next]:
        """`self >> after`: the chain with one layer more."""
        return Architecture((*self.layers, after))

    def __repr__(self) -> str:
        kinds = ", ".join(f"{type(x).__name__} {x.activation.name}" for x in self.layers)
        return f"Architecture[{', '.join(map(repr, self.axes))}]({kinds})"

    if not TYPE_CHECKING:

        def __call__(self, *_, **__):
            came = "the network is an Architecture, which has no numbers"
            why = "initialize(architecture, rng=0) gives them"
            raise KindError("Architecture", came, "Params", why)

        forward = __call__


def _axes_along(layers: Sequence[Layer[Any, Any]]) -> tuple[Dim[Any], ...]:
    """The axes of a chain; refuse neighbours that do not fit, in size or in name."""
    axes: list[Dim[Any]] = [layers[0].axes[0]]
    for place, layer in enumerate(layers):
        given, (taken, after) = axes.pop(), layer.axes
        if not same_axis(given, taken):
            kind = ShapeError if given != taken else AxisError
            came = f"layer {place + 1} takes ({taken!r})"
            raise kind(">>", came, f"({given!r})", f"that is what layer {place} gives")
        axes += [taken if given.name is None else given, after]
    return tuple(axes)


@overload
def chain(layer: Layer[In, Out], /) -> Architecture[In, Out]: ...


@overload
def chain(*layers: Layer[Any, Any]) -> Architecture[*tuple[Any, ...]]: ...


def chain(*layers: Layer[Any, Any]) -> Architecture[*tuple[Any, ...]]:
    """The architecture of some layers: of one, with its axes, or of as many as there are.

    Where the number of layers is known only at run time, so are the axes, and the type is gradual;
    an annotation (`net: Architecture[Pixel, Hidden, Cat] = chain(*layers)`) brings checking back.
    """
    return Architecture(layers)


# ---------------------------------------------------------------------------- one vector of numbers


def _frozen_vector(values: Array) -> Array:
    return values if mx.is_frozen(values) else mx.freeze(np.array(values, order="C"))


def _shaped(part: Array, like: Matrix[R, C]) -> Matrix[R, C]:
    rows, columns = mx.size_of(like)
    return mx.unchecked(part.reshape(rows, columns), rows, columns)


@attrs.frozen(eq=False, repr=False)
class LayeredVector(OnArchitecture[*Axes]):
    """One read-only vector, laid out as the layers of an architecture."""

    architecture: Architecture[*Axes]
    vector: Array

    def __attrs_post_init__(self) -> None:
        where = type(self).__name__
        require_kind(where, "architecture", self.architecture, Architecture)
        require_kind(where, "vector", self.vector, np.ndarray)
        if self.vector.shape != (self.architecture.size,):
            expected = f"({self.architecture.size},)"
            why = f"so many parameters has {self.architecture!r}"
            raise ShapeError(where, f"vector has shape {self.vector.shape}", expected, why)
        if self.vector.dtype.char not in mx.KINDS:
            raise DtypeError(where, f"vector has dtype {self.vector.dtype}", "float64 or float32")
        object.__setattr__(self, "vector", _frozen_vector(self.vector))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of the numbers."""
        return self.vector.dtype

    @property
    def layers(self) -> tuple[Layer[Any, Any], ...]:
        """The layers, whose arrays are views of the vector."""
        blanks = self.architecture.layers
        starts = (0, *self.architecture.ends)
        parts = iter([self.vector[start:end] for start, end in pairwise(starts)])
        return tuple(
            layer.over([_shaped(next(parts), a) for a in layer.arrays]) for layer in blanks
        )

    def with_vector(self, vector: Array) -> Self:
        """The same layout over other numbers, which are copied unless nobody can write to them."""
        return type(self)(self.architecture, vector)

    def over(self, vector: Array) -> Self:
        """`with_vector` for a read-only vector that is known to fit."""
        new = object.__new__(type(self))
        _set_architecture(new, self.architecture)
        _set_vector(new, vector)
        return new

    def astype(self, dtype: DTypeLike) -> Self:
        """The same numbers in another precision."""
        mx.require_dtype("astype", dtype)
        return self.with_vector(mx.freeze(self.vector.astype(dtype)))

    def _require_fits(self, where: str, other: LayeredVector[*Axes]) -> None:
        """Refuse a vector of another architecture or another precision."""
        require_kind(where, f"what stands after {where}", other, Grads)
        other.require_architecture(where, "grads", self.architecture, "as params has them")
        if other.dtype != self.dtype:
            raise DtypeError(where, f"grads have dtype {other.dtype}", str(self.dtype))

    def __add__(self, other: Grads[*Axes], /) -> Self:
        self._require_fits("+", other)
        return self.with_vector(mx.freeze(self.vector + other.vector))

    def __sub__(self, other: Grads[*Axes], /) -> Self:
        self._require_fits("-", other)
        return self.with_vector(mx.freeze(self.vector - other.vector))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        is_alike = self.dtype == other.dtype and self.architecture == other.architecture
        return is_alike and self.vector.tobytes() == other.vector.tobytes()

    def __hash__(self) -> int:
        return hash((type(self), self.dtype, self.vector.tobytes()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}[{', '.join(map(repr, self.axes))}]({self.dtype})"


_set_architecture, _set_vector = setters(LayeredVector)


class Grads(LayeredVector[*Axes]):
    """The gradient of a cost with respect to `Params[*Axes]`: `dW`, `db` of all layers, one vector.

    Gradients of one architecture form a vector space: they add, subtract, and take a number.
    """

    __slots__ = ()

    def __mul__(self, factor: float, /) -> Grads[*Axes]:
        return self.with_vector(mx.freeze(self.vector * _number("*", factor)))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float, /) -> Grads[*Axes]:
        return self.with_vector(mx.freeze(self.vector / _number("/", divisor)))

    def __neg__(self) -> Grads[*Axes]:
        return self.with_vector(mx.freeze(-self.vector))


def grads_of(
    architecture: Architecture[*Axes], gradients: Sequence[LayerLike[Any, Any]]
) -> Grads[*Axes]:
    """The gradients of all layers as one record; `ShapeError` where one does not fit."""
    parts: list[Array] = []
    for place, (layer, gradient) in enumerate(zip(architecture.layers, gradients, strict=True)):
        for like, array in zip(layer.arrays, gradient.arrays, strict=True):
            rows, columns = mx.size_of(like)
            argument = f"a gradient of layer {place + 1}"
            mx.require_matrix("backward", argument, array, rows, columns, f"as {layer!r} has it")
            parts.append(mx.to_numpy(array).reshape(-1))
    return Grads(architecture, mx.freeze(np.concatenate(parts) if parts else np.zeros(0)))


def _number(where: str, value: object) -> float:
    if not isinstance(value, Real):
        raise KindError(where, f"the factor is {with_article(type(value).__name__)}", "a number")
    if not math.isfinite(value) or (where == "/" and value == 0):
        raise ArgumentError(where, f"the factor is {value!r}", "a finite number, not 0 after /")
    return float(value)


class Params(LayeredVector[*Axes]):
    """The parameters of a network: an architecture, and its `W` and `b` as one read-only vector.

    `params(X)` is the prediction, and `params.forward(X)` also what the way back needs.  A step of
    gradient descent reads as in the book: `params - rate * grads`.
    """

    __slots__ = ()

    @property
    def weights(self) -> Grads[*Axes]:
        """The weights as a vector that can be scaled and subtracted, with 0 for all that is none.

        `Architecture.weights` says which they are: neither biases, nor gains, shifts, statistics.
        """
        zero = self.dtype.type(0)
        kept = np.where(self.architecture.weights, self.vector, zero)
        return Grads(self.architecture, mx.freeze(kept))

    def __call__(self: Params[In, *Hidden, Out], X: Matrix[In, M]) -> Matrix[Out, M]:
        """`A_L`, the output of the last layer, `(outputs, examples)`."""
        return self.forward(X).output

    def forward(
        self: Params[In, *Hidden, Out], X: Matrix[In, M], context: Context = INFERENCE
    ) -> Trace[M, In, *Hidden, Out]:
        """`A_l = g_l(W_l A_(l-1) + b_l)` from `A_0 = X`, keeping what the way back needs.

        Raises `ShapeError`, `DtypeError`, `DataError` for an `X` that does not fit.
        """
        first = self.axes[0]
        why = f"{first.name or 'the number of inputs'} is {first} in layer 1 of params"
        admit("forward", "X", X, first, why, self.dtype)
        require_kind("forward", "context", context, Context)
        return Trace(self, propagation.forward(self.layers, mx.owned(X), context))

    def __rshift__(
        self: Params[*Hidden, Out], after: Layer[Out, Next]
    ) -> Params[*Hidden, Out, Next]:
        """`self >> after`: the parameters with those of one layer more, which must have numbers."""
        return _params_of((*self.layers, after))


@overload
def initialize(
    network: Architecture[*Axes], *, rng: Key | int, dtype: DTypeLike = "float64"
) -> Params[*Axes]: ...


@overload
def initialize(
    network: Layer[In, Out], *, rng: Key | int, dtype: DTypeLike = "float64"
) -> Params[In, Out]: ...


def initialize(
    network: Architecture[*tuple[Any, ...]] | Layer[Any, Any],
    *,
    rng: Key | int,
    dtype: DTypeLike = "float64",
) -> Params[*tuple[Any, ...]]:
    """The numbers that training starts from: each layer draws its own, at the key of its place.

    A single layer is a network too.

    `rng` is a `Key`, or a whole number as its seed; the same key gives the same bits.
    """
    key = as_key("initialize", rng)
    architecture = chain(network) if isinstance(network, Layer) else network
    require_kind("initialize", "network", architecture, Architecture)
    mx.require_dtype("initialize", dtype)

    layers = [layer.initialized(key.at(l)) for l, layer in enumerate(architecture.layers)]
    return Params(architecture, mx.freeze(_vector_of(layers).astype(dtype)))


def params_of(layer: Layer[In, Out]) -> Params[In, Out]:
    """The parameters of one layer that has numbers; `params_of(a) >> b >> c` those of a chain."""
    return _params_of((layer,))


def _params_of(layers: tuple[Layer[Any, Any], ...]) -> Params[*tuple[Any, ...]]:
    blanks = [layer.replace([mx.blank(*mx.size_of(a)) for a in layer.arrays]) for layer in layers]
    return Params(Architecture(blanks), mx.freeze(_vector_of(layers)))


def _vector_of(layers: Sequence[Layer[Any, Any]]) -> Array:
    for layer in layers:
        layer.require_numbers("params")
    parts = [mx.to_numpy(array).reshape(-1) for layer in layers for array in layer.arrays]
    dtypes = sorted({part.dtype.name for part in parts})
    if len(dtypes) > 1:
        raise DtypeError("params", f"the layers have dtypes {' and '.join(dtypes)}", "one dtype")
    return np.concatenate(parts) if parts else np.zeros(0)


# ------------------------------------------------------------------------------ what forward leaves


@runtime_checkable
class CostLike(Protocol):
    """What a trace asks of a cost."""

    def require(self, where: str, activation: Activation, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that are none, and an activation that the cost cannot follow."""
        ...

    def value(
        self,
        last: LayerCache[In, Out, M],
        Y: Matrix[Out, M],
        weights: Matrix[One, M] | None = None,
        /,
    ) -> float:
        """`J`."""
        ...

    def gradient(
        self,
        last: LayerCache[In, Out, M],
        Y: Matrix[Out, M],
        weights: Matrix[One, M] | None = None,
        /,
    ) -> Matrix[Out, M]:
        """`dZ = dJ/dZ` of the last layer."""
        ...


@attrs.frozen(eq=False, repr=False)
class Trace(Record, Generic[M, *Axes]):
    """What the way forward leaves: the parameters it went through, and one cache a layer."""

    params: Params[*Axes]
    caches: tuple[LayerCache[Any, Any, M], ...]

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The number of examples, and the sizes of all axes of the network."""
        return (named_dim(self.caches[-1].A.shape[1], None), *self.params.axes)

    @property
    def output(self: Trace[M, In, *Hidden, Out]) -> Matrix[Out, M]:
        """`A_L`, `(outputs, examples)`."""
        return self.caches[-1].A

    @property
    def logits(self: Trace[M, In, *Hidden, Out]) -> Matrix[Out, M]:
        """`Z_L`, `(outputs, examples)`."""
        return self.caches[-1].Z

    def cost(
        self: Trace[M, In, *Hidden, Out],
        Y: Matrix[Out, M],
        cost: CostLike,
        weights: Matrix[One, M] | None = None,
    ) -> float:
        """`J = (1/m) * sum_j w_j L(a_j, y_j)`, from the logits where the cost has its own link.

        `weights` are those of the examples, from 0 on; without them each counts 1.
        """
        given = self._admit_labels("cost", Y, cost, weights)
        return cost.value(self.caches[-1], Y, *given)

    def gradient(
        self: Trace[M, In, *Hidden, Out],
        Y: Matrix[Out, M],
        cost: CostLike,
        weights: Matrix[One, M] | None = None,
    ) -> Grads[In, *Hidden, Out]:
        """`dJ/dW_l` and `dJ/db_l` of all layers."""
        given = self._admit_labels("gradient", Y, cost, weights)
        dZ = cost.gradient(self.caches[-1], Y, *given)
        return grads_of(self.params.architecture, propagation.gradients(self.caches, dZ))

    def backward(self: Trace[M, In, *Hidden, Out], dA: Matrix[Out, M]) -> Grads[In, *Hidden, Out]:
        """The gradients of all layers, from `dA = dJ/dA_L`."""
        return self.pullback(dA)[0]

    def pullback(
        self: Trace[M, In, *Hidden, Out], dA: Matrix[Out, M]
    ) -> tuple[Grads[In, *Hidden, Out], Matrix[In, M]]:
        """The gradients of all layers and `dX`, from `dA = dJ/dA_L`."""
        self._admit("backward", "dA", dA)
        dZ = propagation.activation_backward(self.caches[-1], mx.owned(dA))
        gradients, dX = propagation.backward(self.caches, dZ)
        return grads_of(self.params.architecture, gradients), dX

    def _admit(self, where: str, argument: str, value: Matrix[Any, M]) -> None:
        """The door for what is laid beside the output: labels, and `dA`."""
        m, outputs = self.axes[0], self.axes[-1]
        why = f"as the output of params has {outputs!r} and m={int(m)}"
        admit(where, argument, value, outputs, why, self.params.dtype, m)

    def _admit_labels(
        self, where: str, Y: Matrix[Any, M], cost: CostLike, weights: Matrix[One, M] | None
    ) -> tuple[Matrix[One, M], ...]:
        """The door for labels and the cost that judges by them; the weights, if there are any.

        A cost that knows of no weights is not asked for what it does with none.
        """
        self._admit(where, "Y", Y)
        kind: type = type(cost)
        if isinstance(cost, type):
            came = f"cost is the class {cost.__name__}"
            raise KindError(where, came, f"one that was made, {cost.__name__}(...)")
        if not issubclass(kind, CostLike):
            raise KindError(where, f"cost is {with_article(kind.__name__)}", "a Cost")
        cost.require(where, self.caches[-1].activation, Y)
        if weights is None:
            return ()
        m = self.axes[0]
        admit_weights(where, weights, m, self.params.dtype, f"the trace has m={int(m)}")
        return (weights,)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "caches", tuple(self.caches))
        rows = [cache.A.shape[0] for cache in self.caches]
        if rows != [*map(int, self.params.axes[1:])]:
            raise ShapeError("Trace", f"caches have {rows} rows", describe(self.params.axes[1:]))

    def __repr__(self) -> str:
        return f"Trace[{', '.join(map(repr, self.axes))}]"
