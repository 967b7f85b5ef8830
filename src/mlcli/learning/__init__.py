"""From examples to a fitted model, on rows to learn from alone.

``fitting`` fits what answers, ``catalogue`` what suggests, on the rows that ``splits`` leaves;
``report`` scores both sides, and ``description`` writes down what was learned.
"""
