"""Training: batches, learners, steps, and the stream of states."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, assert_type

from fdnn import (
    LBFGS,
    AdaGrad,
    Adam,
    AdamW,
    ArgumentError,
    Averaged,
    AxisError,
    Batch,
    ClippedByNorm,
    ClippedByValue,
    Constant,
    Cosine,
    DataError,
    Decayed,
    DivergenceError,
    DtypeError,
    ExponentialDecay,
    FdnnError,
    FileError,
    GradientDescent,
    Grads,
    InverseTime,
    Joined,
    Key,
    KindError,
    Learner,
    Lion,
    Matrix,
    MaxNorm,
    MissingExtraError,
    Modifier,
    Momentum,
    NAdam,
    Nesterov,
    OneCycle,
    Optimizer,
    OptimizerState,
    Params,
    Polynomial,
    Predictor,
    RMSProp,
    Scaled,
    Schedule,
    ShapeError,
    State,
    Step,
    StepDecay,
    Warmup,
    batch_from_columns,
    batch_from_rows,
    categorical_cross_entropy,
    iterate,
    one_hot,
    optimizer_named,
    run,
    step,
    warmed_up,
)
from fdnn.span import Span
from fdnn.training import Iteration, StepOf
from tests.typing.scene import (
    Cat,
    Deep,
    Example,
    Hidden,
    Pixel,
    X,
    Y,
    cat,
    grads,
    net,
    params,
    pixel,
)

# Batches.
batch = Batch(X, Y)
assert_type(batch, Batch[Pixel, Cat, Example])
assert_type(Batch(X, Y, pixel, cat), Batch[Pixel, Cat, Example])
columns = batch_from_columns([[0.0, 1.0]] * 12, [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], pixel, cat)
assert_type(columns, Batch[Pixel, Cat, Any])
rows = batch_from_rows([[0.0] * 12] * 2, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], pixel, cat)
assert_type(rows, Batch[Pixel, Cat, Any])
hot = batch_from_columns([[0.0, 1.0]] * 12, one_hot([2, 0], cat), pixel, cat)
assert_type(hot, Batch[Pixel, Cat, Any])
assert_type(batch.size, int)

# Optimizers.
optimizers: list[Optimizer] = [GradientDescent(0.1), Momentum(0.1), Adam()]
optimizers += [Nesterov(0.1), AdaGrad(), RMSProp(), AdamW(), NAdam(), Lion(), LBFGS()]
optimizers += [optimizer_named("adam", 0.01), optimizer_named("adam", Cosine(0.01, 100))]
for optimizer in optimizers:
    memory = optimizer.init(params)
    assert_type(memory, OptimizerState[Pixel, Hidden, Deep, Cat])
    updates, memory = optimizer.update(grads, memory, params)
    assert_type(updates, Grads[Pixel, Hidden, Deep, Cat])
    assert_type(memory.moments, tuple[Grads[Pixel, Hidden, Deep, Cat], ...])

# Schedules, which stand wherever a rate does.
schedules: list[Schedule] = [Constant(0.1), StepDecay(0.1, 30), ExponentialDecay(0.1, 0.99)]
schedules += [InverseTime(0.1, 0.5), InverseTime(0.1, 0.5, every=100), Cosine(0.1, 100)]
schedules += [Polynomial(0.1, 100), OneCycle(0.1, 100), Scaled(Cosine(0.1, 100), 0.5)]
schedules += [Joined((Cosine(0.1, 100), Constant(0.01)), (100,))]
assert_type(Warmup(0.1, 10).then(Cosine(0.1, 100)), Joined)
assert_type(warmed_up(Cosine(0.1, 100), 10), Joined)
for schedule in schedules:
    assert_type(schedule(0), float)
    assert_type(schedule.end, int | None)
    assert_type(Adam(schedule).rate, float | Schedule)
    assert_type(Adam(schedule).rate_at(3), float)
assert_type(Momentum.as_in_course(0.1, 0.9), Momentum)

# Modifiers, optimizers that are made of another one.
modifiers: list[Modifier] = [ClippedByNorm(Adam(), 1.0), ClippedByValue(Adam(), 0.1)]
modifiers += [Decayed(Lion(), 0.01), MaxNorm(Momentum(0.1), 3.0)]
averaged = Averaged(Decayed(ClippedByNorm(Adam(), 1.0), 0.01), 0.99)
assert_type(averaged.optimizer, Optimizer)
average = averaged.average(averaged.init(params))
assert_type(average, Params[Pixel, Hidden, Deep, Cat])

# A step bound to its data is a function from one state to the next.
learner = Learner(categorical_cross_entropy, Adam(0.01))
start = learner.start(params, rng=Key(0))
assert_type(start, State[Pixel, Hidden, Deep, Cat])
assert_type(learner.step(net), StepOf[Pixel, Hidden, Deep, Cat])
assert_type(learner.step(params), StepOf[Pixel, Hidden, Deep, Cat])
move = learner.step(net)(batch)
assert_type(move, Step[Pixel, Hidden, Deep, Cat])
assert_type(move(start), State[Pixel, Hidden, Deep, Cat])
assert_type(step(start, batch, learner), State[Pixel, Hidden, Deep, Cat])
assert_type(learner.step(net)(batch, size=1), Step[Pixel, Hidden, Deep, Cat])
assert_type(learner.step(net)(batch, span=False).choice.why, str)

# What a state knows.
assert_type(start.params, Params[Pixel, Hidden, Deep, Cat])
assert_type(start.optimizer, OptimizerState[Pixel, Hidden, Deep, Cat])
assert_type(start.span, Span[Pixel, Hidden, Deep, Cat] | None)
assert_type((start.step, start.cost, start.key), tuple[int, float, Key])

# A predictor that is prepared.
predictor = Predictor(params)
assert_type(predictor, Predictor[Pixel, Hidden, Deep, Cat])
assert_type(predictor(X), Matrix[Cat, Example])
assert_type(predictor.logits(X), Matrix[Cat, Example])

# The fold over time: `train = iterate(step)`, and `iterate(step, start)`, which pins a lambda.
train = iterate(move)
assert_type(train, Iteration[State[Pixel, Hidden, Deep, Cat]])
assert_type(train(start), Iterator[State[Pixel, Hidden, Deep, Cat]])
stream = iterate(lambda state: step(state, batch, learner), start)
assert_type(stream, Iterator[State[Pixel, Hidden, Deep, Cat]])
assert_type(next(islice(stream, 2, None)).params, Params[Pixel, Hidden, Deep, Cat])
assert_type(run(move, start, 2), State[Pixel, Hidden, Deep, Cat])
assert_type(run(lambda state: step(state, batch, learner), start, 2).cost, float)


# A function of the user's own is a step too.
def by_hand(params: Params[Pixel, Hidden, Deep, Cat]) -> Params[Pixel, Hidden, Deep, Cat]:
    return params - 0.1 * params.forward(X).gradient(Y, categorical_cross_entropy)


assert_type(iterate(by_hand)(params), Iterator[Params[Pixel, Hidden, Deep, Cat]])
assert_type(run(by_hand, params, 2), Params[Pixel, Hidden, Deep, Cat])

# Errors are of fdnn's family, and of Python's own.
try:
    move(start)
except DivergenceError as divergence:
    assert_type(divergence.state, State[*tuple[Any, ...]])
except FdnnError as error:
    assert_type((error.where, error.came, error.expected, error.why), tuple[str, str, str, str])

values: list[type[ValueError]] = [ShapeError, AxisError, DataError, ArgumentError, FileError]
types: list[type[TypeError]] = [DtypeError, KindError]
imports: list[type[ImportError]] = [MissingExtraError]
