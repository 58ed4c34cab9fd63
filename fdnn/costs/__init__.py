"""Costs: `J = (1/m) * sum_j w_j L(a_j, y_j)`, with the weights of the examples, 1 by themselves.

The link of a cost is the last activation after which value and gradient are computed from the
logits `Z`, and stay finite and accurate for any finite logit.  It is the canonical one where
`dL/dZ = A - Y` exactly.  Every other pairing takes the general path, `dZ = dA * g'(Z)`.
Predictions and labels are both `(outputs, examples)`, and are never broadcast against each other.
"""

from fdnn.costs.cost import Cost as Cost
from fdnn.costs.cross_entropy import BinaryCrossEntropy as BinaryCrossEntropy
from fdnn.costs.cross_entropy import CategoricalCrossEntropy as CategoricalCrossEntropy
from fdnn.costs.cross_entropy import KLDivergence as KLDivergence
from fdnn.costs.cross_entropy import binary_cross_entropy as binary_cross_entropy
from fdnn.costs.cross_entropy import categorical_cross_entropy as categorical_cross_entropy
from fdnn.costs.cross_entropy import kl_divergence as kl_divergence
from fdnn.costs.focal import BinaryFocal as BinaryFocal
from fdnn.costs.focal import CategoricalFocal as CategoricalFocal
from fdnn.costs.focal import binary_focal as binary_focal
from fdnn.costs.focal import categorical_focal as categorical_focal
from fdnn.costs.margin import Hinge as Hinge
from fdnn.costs.margin import hinge as hinge
from fdnn.costs.regression import AbsoluteError as AbsoluteError
from fdnn.costs.regression import Huber as Huber
from fdnn.costs.regression import Poisson as Poisson
from fdnn.costs.regression import SquaredError as SquaredError
from fdnn.costs.regression import absolute_error as absolute_error
from fdnn.costs.regression import huber as huber
from fdnn.costs.regression import poisson as poisson
from fdnn.costs.regression import squared_error as squared_error
