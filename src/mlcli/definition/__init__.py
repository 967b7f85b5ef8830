"""From YAML to a definition, or to all of its problems.

``yaml_file`` reads one, ``definition`` and ``source`` are what it may say, with ``rules`` and
``algorithms`` as its words; ``checks`` finds where it contradicts itself, and
``columns_needed`` what it needs of its exports.
"""
