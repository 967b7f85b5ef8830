"""How far figures can be trusted, and which model is better.

``evidence`` gathers what is said beside the figures of one model, ``contest`` and ``trials``
compare several; both fit models again on parts of the rows. ``grid_search`` chooses
hyperparameters, ``class_threshold`` the line between two classes.
"""
