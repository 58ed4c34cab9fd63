"""Whole programs that train a classifier of the digits, one a library, as their users write them.

Each reads `python -c program digits.npz seed` and prints the accuracy on the test images.  All
train a network 64-128-10 with Adam on mini-batches; the size of a mini-batch, the rate and the
number of epochs are for each those that were found to take the least time and to reach 96 % from
every one of the seeds 0 to 39.
"""

WITH_FDNN = """
import sys
import numpy as np
from fdnn import (
    Adam, Dim, Learner, accuracy, batch_from_rows, categorical_cross_entropy, dense, initialize,
    one_hot, relu, run, softmax,
)

class Pixel: ...
class Hidden: ...
class Digit: ...

pixel, hidden, digit = Dim[Pixel](64), Dim[Hidden](128), Dim[Digit](10)
data, seed = np.load(sys.argv[1]), int(sys.argv[2])

def examples(part):
    labels = one_hot(data[f"y_{part}"], digit)
    return batch_from_rows(data[f"X_{part}"], labels.T, pixel, digit, dtype="float32")

train, test = examples("train"), examples("test")
net = dense(pixel, hidden, relu) >> dense(hidden, digit, softmax)
params = initialize(net, rng=seed, dtype="float32")
learner = Learner(categorical_cross_entropy, Adam(0.01))
step = learner.step(params)(train, size=128)
state = run(step, learner.start(params, rng=seed), 165)
print(accuracy(state.params(test.X), test.Y))
"""

WITH_SKLEARN = """
import sys, warnings
import numpy as np
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")  # that it has not converged
data, seed = np.load(sys.argv[1]), int(sys.argv[2])
model = MLPClassifier(
    (128,), batch_size=256, learning_rate_init=0.02, max_iter=15, random_state=seed
)
model.fit(data["X_train"], data["y_train"])
print(model.score(data["X_test"], data["y_test"]))
"""

WITH_TORCH = """
import sys
import numpy as np
import torch
from torch import nn

data, seed = np.load(sys.argv[1]), int(sys.argv[2])
X, y, X_test, y_test = (
    torch.from_numpy(data[name]) for name in ("X_train", "y_train", "X_test", "y_test")
)
torch.manual_seed(seed)
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(15):
    for batch in torch.randperm(len(X)).split(256):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()

with torch.inference_mode():
    print((model(X_test).argmax(1) == y_test).float().mean().item())
"""

WITH_JAX = """
import sys
import numpy as np
import jax
import jax.numpy as jnp

data, seed = np.load(sys.argv[1]), int(sys.argv[2])
X, y = data["X_train"], data["y_train"]
rng = np.random.default_rng(seed)

def layer(inputs, outputs):
    W = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs))
    return W.astype("float32"), np.zeros(outputs, "float32")

def logits(params, X):
    (W1, b1), (W2, b2) = params
    return jax.nn.relu(X @ W1 + b1) @ W2 + b2

def cost(params, X, y):
    log_probabilities = jax.nn.log_softmax(logits(params, X))
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()

@jax.jit
def step(params, m, v, t, X, y):
    grads = jax.grad(cost)(params, X, y)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
    move = lambda p, m, v: p - 0.02 * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return jax.tree.map(move, params, m, v), m, v

params = [layer(64, 128), layer(128, 10)]
m = v = jax.tree.map(np.zeros_like, params)
t = 0
for epoch in range(15):
    order = rng.permutation(len(X))
    for start in range(0, len(X) - 255, 256):  # whole mini-batches: one shape, compiled once
        batch = order[start : start + 256]
        t += 1
        params, m, v = step(params, m, v, float(t), X[batch], y[batch])

params = jax.device_get(params)  # a few NumPy products need no compiling
(W1, b1), (W2, b2) = params
scores = np.maximum(data["X_test"] @ W1 + b1, 0) @ W2 + b2
print((scores.argmax(1) == data["y_test"]).mean())
"""

PROGRAMS = {
    "fdnn": ("fdnn", WITH_FDNN),
    "scikit-learn": ("sklearn", WITH_SKLEARN),
    "PyTorch": ("torch", WITH_TORCH),
    "JAX": ("jax", WITH_JAX),
}
