"""Metrics: how good predictions are, in numbers that people read.

Each is a pure function of the outputs `A` and the labels `Y`, both `(outputs, examples)`.  One
output is binary: its label is 1 or 0, and it decides for 1 where it exceeds a half.  Several
outputs are classes, of which each example has one, unless `multilabel=True` says that every output
is a label by itself.  A soft label counts as the one it is nearest to.  scikit-learn's functions of
the same names are the oracle, with `zero_division=0` and with all classes counted.
"""

from fdnn.metrics.decisions import accuracy as accuracy
from fdnn.metrics.decisions import classes as classes
from fdnn.metrics.decisions import confusion_matrix as confusion_matrix
from fdnn.metrics.decisions import f_beta as f_beta
from fdnn.metrics.decisions import precision as precision
from fdnn.metrics.decisions import recall as recall
from fdnn.metrics.decisions import top_k as top_k
from fdnn.metrics.errors import mean_absolute_error as mean_absolute_error
from fdnn.metrics.errors import mean_squared_error as mean_squared_error
from fdnn.metrics.errors import r2 as r2
from fdnn.metrics.errors import root_mean_squared_error as root_mean_squared_error
from fdnn.metrics.named import Measure as Measure
from fdnn.metrics.named import Metric as Metric
from fdnn.metrics.named import named as named
from fdnn.metrics.probabilities import calibration_error as calibration_error
from fdnn.metrics.probabilities import log_loss as log_loss
from fdnn.metrics.ranking import average_precision as average_precision
from fdnn.metrics.ranking import roc_auc as roc_auc
