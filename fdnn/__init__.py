"""fdnn: dense deep networks in plain NumPy, with the whole architecture in the type.

A network is a chain of typed maps, `dense(pixel, hidden, relu) >> dense(hidden, cat, sigmoid)`; its
parameters are one point in a vector space; and everything is one of three folds over immutable
records: `forward` over the layers, `backward` over their caches, `train = iterate(step)` over time.

What is public is listed below, twice: for the type checkers, and for the program, which loads a
module when something of it is first asked for, so that `import fdnn` takes no time.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fdnn import checkpoint as checkpoint
    from fdnn import course as course
    from fdnn import datasets as datasets
    from fdnn import guards as guards
    from fdnn import health as health
    from fdnn import laws as laws
    from fdnn import matrix as matrix
    from fdnn import plots as plots
    from fdnn import reports as reports
    from fdnn import transforms as transforms
    from fdnn.activations import ELU as ELU
    from fdnn.activations import GELU as GELU
    from fdnn.activations import SELU as SELU
    from fdnn.activations import Activation as Activation
    from fdnn.activations import Exponential as Exponential
    from fdnn.activations import GELUTanh as GELUTanh
    from fdnn.activations import HardSigmoid as HardSigmoid
    from fdnn.activations import HardSwish as HardSwish
    from fdnn.activations import HardTanh as HardTanh
    from fdnn.activations import Identity as Identity
    from fdnn.activations import LeakyReLU as LeakyReLU
    from fdnn.activations import ReLU as ReLU
    from fdnn.activations import Sigmoid as Sigmoid
    from fdnn.activations import SiLU as SiLU
    from fdnn.activations import Softmax as Softmax
    from fdnn.activations import Softplus as Softplus
    from fdnn.activations import Softsign as Softsign
    from fdnn.activations import Tanh as Tanh
    from fdnn.activations import elu as elu
    from fdnn.activations import exponential as exponential
    from fdnn.activations import gelu as gelu
    from fdnn.activations import gelu_tanh as gelu_tanh
    from fdnn.activations import hard_sigmoid as hard_sigmoid
    from fdnn.activations import hard_swish as hard_swish
    from fdnn.activations import hard_tanh as hard_tanh
    from fdnn.activations import identity as identity
    from fdnn.activations import leaky_relu as leaky_relu
    from fdnn.activations import relu as relu
    from fdnn.activations import selu as selu
    from fdnn.activations import sigmoid as sigmoid
    from fdnn.activations import silu as silu
    from fdnn.activations import softmax as softmax
    from fdnn.activations import softplus as softplus
    from fdnn.activations import softsign as softsign
    from fdnn.activations import tanh as tanh
    from fdnn.adaptive import AdaGrad as AdaGrad
    from fdnn.adaptive import Adam as Adam
    from fdnn.adaptive import AdamW as AdamW
    from fdnn.adaptive import Lion as Lion
    from fdnn.adaptive import NAdam as NAdam
    from fdnn.adaptive import RMSProp as RMSProp
    from fdnn.arrays import batch_from_columns as batch_from_columns
    from fdnn.arrays import batch_from_rows as batch_from_rows
    from fdnn.arrays import one_hot as one_hot
    from fdnn.axes import ONE as ONE
    from fdnn.axes import Biased as Biased
    from fdnn.axes import Dim as Dim
    from fdnn.axes import One as One
    from fdnn.batches import Batch as Batch
    from fdnn.calibration import calibrate as calibrate
    from fdnn.costs import AbsoluteError as AbsoluteError
    from fdnn.costs import BinaryCrossEntropy as BinaryCrossEntropy
    from fdnn.costs import BinaryFocal as BinaryFocal
    from fdnn.costs import CategoricalCrossEntropy as CategoricalCrossEntropy
    from fdnn.costs import CategoricalFocal as CategoricalFocal
    from fdnn.costs import Cost as Cost
    from fdnn.costs import Hinge as Hinge
    from fdnn.costs import Huber as Huber
    from fdnn.costs import KLDivergence as KLDivergence
    from fdnn.costs import Poisson as Poisson
    from fdnn.costs import SquaredError as SquaredError
    from fdnn.costs import absolute_error as absolute_error
    from fdnn.costs import binary_cross_entropy as binary_cross_entropy
    from fdnn.costs import binary_focal as binary_focal
    from fdnn.costs import categorical_cross_entropy as categorical_cross_entropy
    from fdnn.costs import categorical_focal as categorical_focal
    from fdnn.costs import hinge as hinge
    from fdnn.costs import huber as huber
    from fdnn.costs import kl_divergence as kl_divergence
    from fdnn.costs import poisson as poisson
    from fdnn.costs import squared_error as squared_error
    from fdnn.errors import ArgumentError as ArgumentError
    from fdnn.errors import AxisError as AxisError
    from fdnn.errors import DataError as DataError
    from fdnn.errors import DtypeError as DtypeError
    from fdnn.errors import FdnnError as FdnnError
    from fdnn.errors import FileError as FileError
    from fdnn.errors import KindError as KindError
    from fdnn.errors import MissingExtraError as MissingExtraError
    from fdnn.errors import ShapeError as ShapeError
    from fdnn.heads import CostAfter as CostAfter
    from fdnn.heads import Head as Head
    from fdnn.heads import HeadAfter as HeadAfter
    from fdnn.heads import binary as binary
    from fdnn.heads import counts as counts
    from fdnn.heads import head as head
    from fdnn.heads import multiclass as multiclass
    from fdnn.heads import multilabel as multilabel
    from fdnn.heads import regression as regression
    from fdnn.history import Curve as Curve
    from fdnn.history import History as History
    from fdnn.history import Measurement as Measurement
    from fdnn.initializers import Glorot as Glorot
    from fdnn.initializers import He as He
    from fdnn.initializers import Initializer as Initializer
    from fdnn.initializers import LeCun as LeCun
    from fdnn.initializers import Orthogonal as Orthogonal
    from fdnn.initializers import ScaledNormal as ScaledNormal
    from fdnn.initializers import Zeros as Zeros
    from fdnn.initializers import all_zeros as all_zeros
    from fdnn.initializers import glorot as glorot
    from fdnn.initializers import he as he
    from fdnn.initializers import lecun as lecun
    from fdnn.initializers import orthogonal as orthogonal
    from fdnn.initializers import scaled_normal as scaled_normal
    from fdnn.keys import INFERENCE as INFERENCE
    from fdnn.keys import Context as Context
    from fdnn.keys import Key as Key
    from fdnn.labels import class_weights as class_weights
    from fdnn.labels import smoothed as smoothed
    from fdnn.layers.dense import Dense as Dense
    from fdnn.layers.dense import LinearCache as LinearCache
    from fdnn.layers.dense import dense as dense
    from fdnn.layers.dense import dense_of as dense_of
    from fdnn.layers.dropout import Dropout as Dropout
    from fdnn.layers.dropout import dropout as dropout
    from fdnn.layers.normalization import BatchNorm as BatchNorm
    from fdnn.layers.normalization import LayerNorm as LayerNorm
    from fdnn.layers.normalization import batch_norm as batch_norm
    from fdnn.layers.normalization import layer_norm as layer_norm
    from fdnn.layers.residual import Residual as Residual
    from fdnn.layers.residual import residual as residual
    from fdnn.lbfgs import LBFGS as LBFGS
    from fdnn.matrix import Matrix as Matrix
    from fdnn.matrix import from_numpy as from_numpy
    from fdnn.matrix import to_numpy as to_numpy
    from fdnn.metrics import Measure as Measure
    from fdnn.metrics import Metric as Metric
    from fdnn.metrics import accuracy as accuracy
    from fdnn.metrics import average_precision as average_precision
    from fdnn.metrics import calibration_error as calibration_error
    from fdnn.metrics import confusion_matrix as confusion_matrix
    from fdnn.metrics import f_beta as f_beta
    from fdnn.metrics import log_loss as log_loss
    from fdnn.metrics import mean_absolute_error as mean_absolute_error
    from fdnn.metrics import mean_squared_error as mean_squared_error
    from fdnn.metrics import precision as precision
    from fdnn.metrics import r2 as r2
    from fdnn.metrics import recall as recall
    from fdnn.metrics import roc_auc as roc_auc
    from fdnn.metrics import root_mean_squared_error as root_mean_squared_error
    from fdnn.metrics import top_k as top_k
    from fdnn.modifiers import Averaged as Averaged
    from fdnn.modifiers import ClippedByNorm as ClippedByNorm
    from fdnn.modifiers import ClippedByValue as ClippedByValue
    from fdnn.modifiers import Decayed as Decayed
    from fdnn.modifiers import MaxNorm as MaxNorm
    from fdnn.modifiers import Modifier as Modifier
    from fdnn.names import activation_named as activation_named
    from fdnn.names import cost_named as cost_named
    from fdnn.names import initializer_named as initializer_named
    from fdnn.names import optimizer_named as optimizer_named
    from fdnn.network import backward as backward
    from fdnn.network import cost as cost
    from fdnn.network import forward as forward
    from fdnn.network import gradient as gradient
    from fdnn.network import linear_activation_backward as linear_activation_backward
    from fdnn.network import linear_activation_forward as linear_activation_forward
    from fdnn.network import linear_backward as linear_backward
    from fdnn.network import linear_forward as linear_forward
    from fdnn.network import mlp as mlp
    from fdnn.network import predict as predict
    from fdnn.network import update as update
    from fdnn.optimizers import GradientDescent as GradientDescent
    from fdnn.optimizers import Momentum as Momentum
    from fdnn.optimizers import Nesterov as Nesterov
    from fdnn.optimizers import Optimizer as Optimizer
    from fdnn.optimizers import OptimizerState as OptimizerState
    from fdnn.predictor import Predictor as Predictor
    from fdnn.propagation import Cache as Cache
    from fdnn.propagation import LayerCache as LayerCache
    from fdnn.rates import RangeTest as RangeTest
    from fdnn.rates import range_test as range_test
    from fdnn.records import Architecture as Architecture
    from fdnn.records import Grads as Grads
    from fdnn.records import Layer as Layer
    from fdnn.records import Params as Params
    from fdnn.records import Trace as Trace
    from fdnn.records import chain as chain
    from fdnn.records import initialize as initialize
    from fdnn.records import params_of as params_of
    from fdnn.regularizers import L1 as L1
    from fdnn.regularizers import L2 as L2
    from fdnn.regularizers import Elastic as Elastic
    from fdnn.regularizers import Regularizer as Regularizer
    from fdnn.schedules import Constant as Constant
    from fdnn.schedules import Cosine as Cosine
    from fdnn.schedules import ExponentialDecay as ExponentialDecay
    from fdnn.schedules import InverseTime as InverseTime
    from fdnn.schedules import Joined as Joined
    from fdnn.schedules import OneCycle as OneCycle
    from fdnn.schedules import Polynomial as Polynomial
    from fdnn.schedules import Scaled as Scaled
    from fdnn.schedules import Schedule as Schedule
    from fdnn.schedules import StepDecay as StepDecay
    from fdnn.schedules import Warmup as Warmup
    from fdnn.schedules import warmed_up as warmed_up
    from fdnn.scores import Scoring as Scoring
    from fdnn.scores import scoring as scoring
    from fdnn.sources import Rows as Rows
    from fdnn.splits import folds as folds
    from fdnn.splits import k_fold as k_fold
    from fdnn.splits import split as split
    from fdnn.splits import stratified as stratified
    from fdnn.splits import stratified_k_fold as stratified_k_fold
    from fdnn.streams import Recorded as Recorded
    from fdnn.streams import best as best
    from fdnn.streams import early_stopping as early_stopping
    from fdnn.streams import every as every
    from fdnn.streams import last as last
    from fdnn.streams import recorded as recorded
    from fdnn.streams import take as take
    from fdnn.streams import within as within
    from fdnn.training import DivergenceError as DivergenceError
    from fdnn.training import Feed as Feed
    from fdnn.training import Learner as Learner
    from fdnn.training import State as State
    from fdnn.training import Step as Step
    from fdnn.training import iterate as iterate
    from fdnn.training import run as run
    from fdnn.training import step as step

else:
    from importlib import import_module
    from importlib.util import find_spec

    _NAMES = {
        "activations": (
            "ELU GELU SELU Activation Exponential GELUTanh HardSigmoid HardSwish HardTanh "
            "Identity LeakyReLU ReLU Sigmoid SiLU Softmax Softplus Softsign Tanh elu "
            "exponential gelu gelu_tanh hard_sigmoid hard_swish hard_tanh identity leaky_relu "
            "relu selu sigmoid silu softmax softplus softsign tanh"
        ),
        "adaptive": "AdaGrad Adam AdamW Lion NAdam RMSProp",
        "arrays": "batch_from_columns batch_from_rows one_hot",
        "axes": "ONE Biased Dim One",
        "batches": "Batch",
        "calibration": "calibrate",
        "costs": (
            "AbsoluteError BinaryCrossEntropy BinaryFocal CategoricalCrossEntropy "
            "CategoricalFocal Cost Hinge Huber KLDivergence Poisson SquaredError "
            "absolute_error binary_cross_entropy binary_focal categorical_cross_entropy "
            "categorical_focal hinge huber kl_divergence poisson squared_error"
        ),
        "errors": (
            "ArgumentError AxisError DataError DtypeError FdnnError FileError KindError "
            "MissingExtraError ShapeError"
        ),
        "heads": "CostAfter Head HeadAfter binary counts head multiclass multilabel regression",
        "history": "Curve History Measurement",
        "initializers": (
            "Glorot He Initializer LeCun Orthogonal ScaledNormal Zeros all_zeros glorot he "
            "lecun orthogonal scaled_normal"
        ),
        "keys": "INFERENCE Context Key",
        "labels": "class_weights smoothed",
        "layers.dense": "Dense LinearCache dense dense_of",
        "layers.dropout": "Dropout dropout",
        "layers.normalization": "BatchNorm LayerNorm batch_norm layer_norm",
        "layers.residual": "Residual residual",
        "lbfgs": "LBFGS",
        "matrix": "Matrix from_numpy to_numpy",
        "metrics": (
            "Measure Metric accuracy average_precision calibration_error confusion_matrix "
            "f_beta log_loss mean_absolute_error mean_squared_error precision r2 recall "
            "roc_auc root_mean_squared_error top_k"
        ),
        "modifiers": "Averaged ClippedByNorm ClippedByValue Decayed MaxNorm Modifier",
        "names": "activation_named cost_named initializer_named optimizer_named",
        "network": (
            "backward cost forward gradient linear_activation_backward "
            "linear_activation_forward linear_backward linear_forward mlp predict update"
        ),
        "optimizers": "GradientDescent Momentum Nesterov Optimizer OptimizerState",
        "predictor": "Predictor",
        "propagation": "Cache LayerCache",
        "rates": "RangeTest range_test",
        "records": "Architecture Grads Layer Params Trace chain initialize params_of",
        "regularizers": "L1 L2 Elastic Regularizer",
        "schedules": (
            "Constant Cosine ExponentialDecay InverseTime Joined OneCycle Polynomial Scaled "
            "Schedule StepDecay Warmup warmed_up"
        ),
        "scores": "Scoring scoring",
        "sources": "Rows",
        "splits": "folds k_fold split stratified stratified_k_fold",
        "streams": "Recorded best early_stopping every last recorded take within",
        "training": "DivergenceError Feed Learner State Step iterate run step",
    }
    _HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

    __all__ = [*_HOMES]  # noqa: PLE0604  # they are texts, as everything that was split is

    def __getattr__(name):
        if name in _HOMES:
            value = getattr(import_module(f"fdnn.{_HOMES[name]}"), name)
        elif not name.startswith("_") and find_spec(f"fdnn.{name}") is not None:
            value = import_module(f"fdnn.{name}")
        else:
            raise AttributeError(f"module 'fdnn' has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__():
        return [*__all__, *(name for name in globals() if name.startswith("__"))]
