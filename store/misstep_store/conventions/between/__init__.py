"""What only the spans of a trace beside each other tell: from drafts to the run and its hops.

``tree`` finds parents and what is a hop, ``folding`` and ``retold`` make one hop of spans that tell of
one call, ``tries`` and ``failover`` find attempts, ``across`` calls that two traces tell of; ``hops``
and ``runs`` write down what came of it.
"""
