"""Pictures of a version as Vega-Lite specifications (``specs``), and as SVG (``draw``).

What is drawn is gathered by ``verbs.picture``. Only ``draw``, a process of its own, imports what
draws.
"""
