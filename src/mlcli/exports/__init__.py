"""From a definition's exports to examples: one module a form of source.

``reading`` finds and opens them, and is what others import; each form gives typed chunks of
the columns that are needed, checked by ``values_of_cells`` or ``typed_values``.
"""
