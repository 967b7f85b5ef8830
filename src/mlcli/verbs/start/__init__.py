"""From exports and a question to a definition that fits: what ``mlcli start`` proposes.

``seen`` looks at exports, ``proposal`` is a definition with its reasons and its commented
YAML, ``drafts`` makes one of a question with every column that may be a feature, ``chosen``
says which of them it does without, ``propose`` puts this together and fits it, and
``questions`` asks for what the exports cannot say. Nothing is written here.
"""
