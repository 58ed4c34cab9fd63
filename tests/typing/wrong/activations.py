"""The activations of fdnn, given what they are not for."""

from fdnn import ELU, GELU, dense, elu, gelu, silu
from tests.typing.refusals import refused
from tests.typing.scene import W2, Z1, dZ2, hidden, pixel


@refused(
    mypy='Argument 1 to "ELU" has incompatible type "str"; expected',
    fdnn="ArgumentError: ELU: alpha is '1', expected a positive number",
)
def an_alpha_that_is_text() -> None:
    dense(pixel, hidden, ELU("1"))  # E: arg-type


@refused(
    mypy='Property "alpha" defined in "ELU" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_alpha_of_an_activation_is_set() -> None:
    elu.alpha = 2.0  # E: misc


@refused(
    mypy='Too many arguments for "GELU"',
    python="TypeError: GELU.__init__() takes 1 positional argument but 2 were given",
)
def the_form_of_gelu_as_a_setting() -> None:
    dense(pixel, hidden, GELU("tanh"))  # E: call-arg


@refused(
    mypy='Argument 3 to "dense" has incompatible type "type[ELU]"; expected "Activation"',
    fdnn="KindError: Dense: activation is the class ELU, expected one that was made, ELU(...)",
)
def a_class_of_activations() -> None:
    dense(pixel, hidden, ELU)  # E: arg-type


@refused(
    mypy='incompatible type "Matrix[Example, Hidden]"',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def an_activation_of_transposed_logits() -> None:
    W2 @ silu(Z1.T)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "R" of "pullback" of "GELU"',
    numpy="ValueError: operands could not be broadcast together",
)
def a_pullback_of_another_layer() -> None:
    gelu.pullback(dZ2, Z1, gelu(Z1))  # E: misc
