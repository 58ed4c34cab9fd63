"""Record what PyTorch and optax do on the problem, in float64: trajectories and rates.

    python -m tests.oracles.record

writes `trajectories.json` beside this file, from which the tests read where neither is installed.
Biases are in a group of their own in PyTorch, and masked in optax, so that they do not decay.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracles.problem import (
    CONVEX_START,
    PLACES,
    SOFT,
    START,
    STEPS,
    Floats,
    X,
    Y,
    parts,
    whole,
)

FILE = Path(__file__).parent / "trajectories.json"

Trajectory = list[list[float]]
"""The parameters at each of the `PLACES`."""

Record = dict[str, Any]


# ------------------------------------------------------------------------------------------ PyTorch


def torch_trajectory(
    make: Callable[[Any, Sequence[dict[str, Any]]], Any],
    schedule: Callable[[Any, Any], Any] | None = None,
) -> Trajectory:
    """Where an optimizer of PyTorch goes; `make` is given torch, and the groups of parameters."""
    torch: Any = importlib.import_module("torch")
    tensors = [torch.tensor(part.copy(), requires_grad=True) for part in parts(START)]
    W1, b1, W2, b2 = tensors
    inputs, labels = torch.tensor(X), torch.tensor(Y)
    optimizer = make(torch, [{"params": [W1, W2]}, {"params": [b1, b2], "weight_decay": 0.0}])
    scheduler = None if schedule is None else schedule(torch, optimizer)
    loss_of_logits = torch.nn.functional.binary_cross_entropy_with_logits
    found: Trajectory = []

    def closure() -> Any:
        optimizer.zero_grad()
        Z = W2 @ torch.tanh(W1 @ inputs + b1) + b2
        loss = loss_of_logits(Z, labels, reduction="sum") / 6.0
        loss.backward()
        return loss

    for step in range(1, STEPS + 1):
        optimizer.step(closure)
        if scheduler is not None:
            scheduler.step()
        if step in PLACES:
            found.append(whole(*(tensor.detach().numpy() for tensor in tensors)).tolist())
    return found


def torch_rates(schedule: Callable[[Any, Any], Any], steps: int = STEPS) -> list[float]:
    """The rates that a scheduler of PyTorch gives to the updates, whose base rate is 0.5."""
    torch: Any = importlib.import_module("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.5)
    scheduler = schedule(torch, optimizer)
    rates: list[float] = []
    for _ in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


def lbfgs_trajectory() -> Trajectory:
    """PyTorch's L-BFGS, one step a call, without line search and without criteria that stop it."""
    torch: Any = importlib.import_module("torch")
    Wb = CONVEX_START.reshape(2, 3)
    W, b = (torch.tensor(part.copy(), requires_grad=True) for part in (Wb[:, :2], Wb[:, 2:]))
    never = {"tolerance_grad": 0.0, "tolerance_change": -1e300}
    optimizer = torch.optim.LBFGS([W, b], lr=0.3, max_iter=1, history_size=5, **never)
    loss_of_logits = torch.nn.functional.binary_cross_entropy_with_logits
    inputs, labels = torch.tensor(X), torch.tensor(SOFT)
    found: Trajectory = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of_logits(W @ inputs + b, labels, reduction="sum") / 6.0
        loss.backward()
        return loss

    for step in range(1, STEPS + 1):
        optimizer.step(closure)
        if step in PLACES:
            at = torch.cat([W, b], dim=1)
            found.append(at.detach().numpy().reshape(-1).tolist())
    return found


def warmed_cosine(torch: Any, optimizer: Any) -> Any:
    at = torch.optim.lr_scheduler
    rising = at.LinearLR(optimizer, start_factor=0.2, end_factor=1.0, total_iters=10)
    falling = at.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.02)
    return at.SequentialLR(optimizer, [rising, falling], milestones=[10])


def by_torch() -> Record:
    trajectories = {
        "sgd": torch_trajectory(lambda t, groups: t.optim.SGD(groups, 0.5)),
        "sgd momentum": torch_trajectory(lambda t, g: t.optim.SGD(g, 0.1, momentum=0.8)),
        "sgd nesterov": torch_trajectory(
            lambda t, g: t.optim.SGD(g, 0.1, momentum=0.8, nesterov=True)
        ),
        "adagrad": torch_trajectory(lambda t, g: t.optim.Adagrad(g, 0.1)),
        "rmsprop": torch_trajectory(lambda t, g: t.optim.RMSprop(g, 0.01, alpha=0.9)),
        "adam": torch_trajectory(lambda t, g: t.optim.Adam(g, 0.02, betas=(0.8, 0.99))),
        "adamw": torch_trajectory(
            lambda t, groups: t.optim.AdamW(
                [{**groups[0], "weight_decay": 0.3}, groups[1]], 0.02, betas=(0.8, 0.99)
            )
        ),
        "lbfgs": lbfgs_trajectory(),
        "sgd one cycle": torch_trajectory(
            lambda t, groups: t.optim.SGD(groups, 0.5),
            lambda t, optimizer: t.optim.lr_scheduler.OneCycleLR(
                optimizer, 0.5, total_steps=STEPS + 1, cycle_momentum=False
            ),
        ),
        "adam step decay": torch_trajectory(
            lambda t, groups: t.optim.Adam(groups, 0.05),
            lambda t, optimizer: t.optim.lr_scheduler.StepLR(optimizer, 15, 0.5),
        ),
        "adamw warmed cosine": torch_trajectory(
            lambda t, groups: t.optim.AdamW([{**groups[0], "weight_decay": 0.3}, groups[1]], 0.05),
            warmed_cosine,
        ),
    }
    at: Callable[[Any], Any] = lambda torch: torch.optim.lr_scheduler  # noqa: E731
    rates = {
        "constant": torch_rates(lambda t, o: at(t).ConstantLR(o, factor=1.0)),
        "step": torch_rates(lambda t, o: at(t).StepLR(o, 7, 0.3)),
        "exponential": torch_rates(lambda t, o: at(t).ExponentialLR(o, 0.95)),
        "inverse time": torch_rates(lambda t, o: at(t).LambdaLR(o, lambda n: 1 / (1 + 0.3 * n))),
        "inverse time, stairs": torch_rates(
            lambda t, o: at(t).LambdaLR(o, lambda n: 1 / (1 + 0.3 * (n // 10)))
        ),
        "cosine": torch_rates(lambda t, o: at(t).CosineAnnealingLR(o, STEPS, 0.01)),
        "polynomial": torch_rates(lambda t, o: at(t).PolynomialLR(o, STEPS, power=2.0)),
        "warmup": torch_rates(lambda t, o: at(t).LinearLR(o, 0.1, 1.0, STEPS)),
        "one cycle": torch_rates(
            lambda t, o: at(t).OneCycleLR(o, 0.5, total_steps=STEPS + 1, cycle_momentum=False),
            STEPS + 1,
        ),
        "warmed cosine": torch_rates(warmed_cosine),
    }
    return {"trajectories": trajectories, "rates": rates}


# -------------------------------------------------------------------------------------------- optax


def optax_trajectory(
    make: Callable[[Any, Any], Any], after: Callable[[Any, Any, Any, Any], Any] | None = None
) -> Trajectory:
    """Where a transformation of optax goes; `make` is given optax and the mask of the weights.

    `after` is given optax, jax, the new parameters and what it gave the last time.  It gives the
    parameters to go on with, and those to record.
    """
    jax: Any = importlib.import_module("jax")
    optax: Any = importlib.import_module("optax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    inputs, labels = jnp.array(X), jnp.array(Y)

    def cost(at: tuple[Any, Any, Any, Any]) -> Any:
        W1, b1, W2, b2 = at
        Z = W2 @ jnp.tanh(W1 @ inputs + b1) + b2
        return optax.losses.sigmoid_binary_cross_entropy(Z, labels).sum() / 6.0

    params = tuple(jnp.array(part) for part in parts(START))
    transformation = make(optax, (True, False, True, False))
    state = transformation.init(params)
    gradient = jax.grad(cost)
    shown, found = params, Trajectory()

    for step in range(1, STEPS + 1):
        updates, state = transformation.update(gradient(params), state, params)
        params = optax.apply_updates(params, updates)
        if after is None:
            shown = params
        else:
            params, shown = after(optax, jax, params, shown)
        if step in PLACES:
            found.append(whole(*(np.asarray(part) for part in shown)).tolist())
    return found


def shortened(optax: Any, jax: Any, params: Any, _shown: Any) -> tuple[Any, Any]:
    """Rows of the weights, projected onto the ball of radius 0.9."""
    project = jax.vmap(lambda row: optax.projections.projection_l2_ball(row, 0.9))
    W1, b1, W2, b2 = params
    params = project(W1), b1, project(W2), b2
    return params, params


def averaged(optax: Any, _jax: Any, params: Any, shown: Any) -> tuple[Any, Any]:
    """The parameters, and their average, which begins at the start."""
    return params, optax.incremental_update(params, shown, 0.1)


def joined(optax: Any) -> Any:
    """Up along a line, then down along a cosine, then along a polynomial."""
    rising = optax.linear_schedule(0.1, 0.5, 10)
    falling = optax.cosine_decay_schedule(0.5, 20, alpha=0.2)
    last = optax.polynomial_schedule(0.1, 0.01, 1.5, 30)
    schedule = optax.join_schedules([rising, falling, last], [10, 30])
    # Of a count in int32, JAX would make a rate in float32.
    return lambda count: schedule(count.astype("float64"))


def optax_rates(make: Callable[[Any], Any]) -> list[float]:
    jax: Any = importlib.import_module("jax")
    optax: Any = importlib.import_module("optax")
    jax.config.update("jax_enable_x64", True)
    schedule = make(optax)
    return [float(schedule(jax.numpy.array(count, "float64"))) for count in range(STEPS)]


def by_optax() -> Record:
    trajectories = {
        "nadam": optax_trajectory(lambda o, _: o.nadam(0.02, b1=0.8, b2=0.99)),
        "lion": optax_trajectory(lambda o, _: o.lion(0.01, b1=0.9, b2=0.95, weight_decay=0.0)),
        "lion decayed": optax_trajectory(
            lambda o, mask: o.lion(0.01, b1=0.9, b2=0.95, weight_decay=0.3, mask=mask)
        ),
        "sgd clipped by norm": optax_trajectory(
            lambda o, _: o.chain(o.clip_by_global_norm(0.1), o.sgd(0.5))
        ),
        "adam clipped by norm": optax_trajectory(
            lambda o, _: o.chain(o.clip_by_global_norm(0.1), o.adam(0.02))
        ),
        "momentum clipped by value": optax_trajectory(
            lambda o, _: o.chain(o.clip(0.03), o.sgd(0.1, momentum=0.8))
        ),
        "momentum decayed": optax_trajectory(
            lambda o, mask: o.chain(
                o.trace(0.8), o.add_decayed_weights(0.3, mask), o.scale_by_learning_rate(0.1)
            )
        ),
        "momentum max norm": optax_trajectory(lambda o, _: o.sgd(0.1, momentum=0.8), shortened),
        "adam averaged": optax_trajectory(lambda o, _: o.adam(0.02), averaged),
        "adam clipped decayed averaged": optax_trajectory(
            lambda o, mask: o.chain(
                o.clip_by_global_norm(0.1), o.adamw(0.02, weight_decay=0.3, mask=mask)
            ),
            averaged,
        ),
        "nesterov joined": optax_trajectory(
            lambda o, _: o.sgd(joined(o), momentum=0.5, nesterov=True)
        ),
    }
    rates = {
        "constant": optax_rates(lambda o: o.constant_schedule(0.5)),
        "step": optax_rates(lambda o: o.exponential_decay(0.5, 7, 0.3, staircase=True)),
        "exponential": optax_rates(lambda o: o.exponential_decay(0.5, 1, 0.95)),
        "cosine": optax_rates(lambda o: o.cosine_decay_schedule(0.5, STEPS, alpha=0.02)),
        "polynomial": optax_rates(lambda o: o.polynomial_schedule(0.5, 0.01, 2.0, STEPS)),
        "warmup": optax_rates(lambda o: o.linear_schedule(0.05, 0.5, STEPS)),
        "joined": optax_rates(joined),
    }
    return {"trajectories": trajectories, "rates": rates}


def recorded() -> Record:
    """What the file holds."""
    found: Record = json.loads(FILE.read_text())
    return found


def furthest(ours: Any, theirs: Any) -> float:
    """How far apart two recordings are."""
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    assert a.shape == b.shape
    distance: Floats = np.abs(a - b)
    return float(distance.max())


def main() -> None:
    """Write the file; Python's floats are written with all of their digits."""
    record = {"torch": by_torch(), "optax": by_optax()}
    lines = json.dumps(record, indent=1).replace("\n     ", " ")
    FILE.write_text(lines + "\n")


if __name__ == "__main__":
    main()
