"""Models on disk: versions, manifests, runs, and what may be unpickled.

``versions`` writes and finds them, ``manifest`` is all that is said of one, ``cargo`` what it
answers with; ``runs`` notes every fit, and ``holdout_shown`` every look at a hold-out.
"""
