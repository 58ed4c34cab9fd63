"""Tasks: heads, their layers and learners, other costs, and metrics."""

from functools import partial
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from fdnn import (
    Adam,
    Architecture,
    Batch,
    CostAfter,
    Dense,
    Dim,
    Exponential,
    Head,
    HeadAfter,
    Identity,
    Learner,
    Matrix,
    Measure,
    Metric,
    Sigmoid,
    Softmax,
    Tanh,
    accuracy,
    average_precision,
    binary,
    calibration_error,
    class_weights,
    confusion_matrix,
    counts,
    dense,
    f_beta,
    head,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    multiclass,
    multilabel,
    precision,
    r2,
    recall,
    regression,
    relu,
    roc_auc,
    root_mean_squared_error,
    smoothed,
    squared_error,
    tanh,
    to_numpy,
    top_k,
)
from fdnn.axes import M, Out
from tests.typing.scene import (
    Cat,
    Deep,
    Example,
    Hidden,
    Pixel,
    X,
    Y,
    batch,
    cat,
    deep,
    hidden,
    params,
    pixel,
)


class Answer: ...


answer = Dim[Answer](1)

# A head knows its activation.
assert_type(binary, Head[Sigmoid])
assert_type(multiclass, Head[Softmax])
assert_type(multilabel, Head[Sigmoid])
assert_type(regression, Head[Identity])
assert_type(counts, Head[Exponential])

# It ends a network, and learns.
assert_type(multiclass.layer(hidden, cat), Dense[Hidden, Cat])
assert_type(binary.layer(hidden, answer), Dense[Hidden, Answer])
net = dense(pixel, hidden, relu) >> dense(hidden, deep, tanh) >> multiclass.layer(deep, cat)
assert_type(net, Architecture[Pixel, Hidden, Deep, Cat])
learner = multiclass.learner(Adam())
assert_type(learner, Learner)
learner.step(net)(batch)
assert_type(multiclass.measure(params(X), Y), dict[str, float])

# A cost that follows any activation follows each of them.
assert_type(multiclass.with_cost(squared_error), Head[Softmax])
after_softmax: CostAfter[Softmax] = squared_error


# A metric of one's own, and a head.
def largest_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    return float(np.max(np.abs(to_numpy(A) - to_numpy(Y))))


measures: list[Measure] = [largest_error, accuracy, Metric("top 2", partial(top_k, k=2))]
assert_type(head(tanh), HeadAfter[Tanh])
own = head(tanh)(squared_error, "from -1 to 1", largest_error, r2, largest_is_best=False)
assert_type(own, Head[Tanh])
assert_type(multiclass.with_metrics(*measures, largest_is_best=False), Head[Softmax])

# All metrics.
A = params(X)
assert_type(accuracy(A, Y, multilabel=True), float)
assert_type(top_k(A, Y, k=2), float)
assert_type(precision(A, Y, average="micro"), float)
assert_type(recall(A, Y, average="weighted", multilabel=True), float)
assert_type(f_beta(A, Y, beta=2, average="macro"), float)
assert_type(confusion_matrix(A, Y), NDArray[np.intp])
assert_type(roc_auc(A, Y, average="macro"), float)
assert_type(average_precision(A, Y), float)
assert_type(log_loss(A, Y), float)
assert_type(calibration_error(A, Y, bins=10), float)
assert_type(mean_squared_error(A, Y), float)
assert_type(root_mean_squared_error(A, Y), float)
assert_type(mean_absolute_error(A, Y), float)
assert_type(r2(A, Y), float)

# Labels, smoothed, and classes of equal weight.
assert_type(smoothed(batch, 0.1), Batch[Pixel, Cat, Example])
assert_type(class_weights(batch, "balanced"), Batch[Pixel, Cat, Example])
assert_type(class_weights(batch, {0: 1.0, 1: 2.0, 2: 0.5}), Batch[Pixel, Cat, Example])
