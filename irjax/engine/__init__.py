"""The engine: a config and a dataset in, a finished run out, whatever the network, the task and the grid.

A step is read from the outside in, through five files:

    folds       a network per fold, and the final fit                      (`--folds`)
    fit         a run from its first epoch, or from where it was killed, to weights that can answer
    epochs      an epoch of all the networks that train side by side: their batches, steps and validation
    programs    what jax compiles of a step, on this backend and these devices
    step        the step: loss, gradients, weights; a pure function of arrays

What they work on: `config` (what defines a run), `data` (what a network trains on), `optimizer` (the rate of each
step), `start` (weights of another run to begin with), `run` (the directory), `checkpoints` (resuming), `placement`
(which device holds what). What surrounds them: `monitor` (what a person sees), `processes` (one job of many processes),
`backend` (memory, compiled programs). `blend` makes one run of several trained ones.
"""
