"""Checkpoints: a model as one safetensors file, without pickle.

The file holds one array, the parameters' vector, and those of the transform; its header says in
JSON what they mean: the kinds of the layers with their settings, the names and sizes of all axes,
the names of the classes.  It is written beside its place and moved there when it is complete, so
that a reader never meets half a file.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from types import MappingProxyType
from typing import Any, overload

import attrs
import numpy as np

from fdnn.activations import ACTIVATIONS, Activation
from fdnn.axes import Axes, Dim, In, Out, biased, named_dim
from fdnn.errors import AxisError, FdnnError, FileError, KindError, MissingExtraError
from fdnn.guards import describe, field_names, matrix_fields, require_kind, require_same_axes
from fdnn.initializers import INITIALIZERS, Initializer
from fdnn.layers.dense import Dense
from fdnn.matrix import Array, blank, require_finite, to_numpy
from fdnn.model import Model
from fdnn.records import Architecture, Layer, Params
from fdnn.transforms import TRANSFORMS, Chain, Transform, Unchanged

FORMAT = 1
"""The version of the header; a file of a later version is refused."""
