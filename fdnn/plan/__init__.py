"""The plan: the same mathematics, staged for speed when a loop is entered.

A step of training asks the same of every step: the same architecture, as many examples, one dtype.
So `train = iterate(step)` prepares, once for each stream, buffers that are kept and functions that
fill them, and runs those; what a step computes stays what `fdnn.propagation`, the layers, the costs
and the optimizers say.  The buffers belong to that one stream, and no record ever sees them.

What makes it fast: `[W | b]` is multiplied with activations over a row of ones, so that one product
does the bias and its gradient; nobody computes `dA` of the input; the rate is folded into `dZ`, and
the new parameters take the place of the gradient.

Every kind of activation, layer, cost and optimizer goes through it.  A kind of your own has its
pure functions called, and costs no more than those.  To stage it, give it the method `staged`: it
is called once, with the buffers, and returns the functions to call at each step.

    class Square(Activation):
        ...
        def staged(self, Z, A, dA, /):
            def forward():
                np.multiply(Z, Z, out=A)

            def backward():  # dA comes in, and dZ must stand in its place
                np.multiply(dA, Z, out=dA)
                np.multiply(dA, 2.0, out=dA)

            return forward, backward

The methods of `Activation`, `Layer`, `Cost` and `Optimizer` say what is filled from what.  The
staged forms of fdnn's own kinds are in the modules beside this one.
"""
