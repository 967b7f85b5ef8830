"""Models on disk: versions, manifests, runs, and what may be unpickled.

``versions`` writes and finds them. ``manifest`` is all that is said of one, with ``scores``,
``evidence`` and ``ledger`` for parts, which ``records`` writes and reads; ``cargo`` is what it
answers with. ``runs`` notes every fit, and ``holdout_shown`` every look at a hold-out.
"""
