"""From exports and a question to a definition that fits: what ``mlcli start`` proposes.

``seen`` looks at exports, ``proposal`` is a definition with its reasons and writes it as
commented YAML, ``propose`` makes one of a question, ``left_out`` says which columns it does
without, and ``questions`` asks for what the exports cannot say. Nothing is written here.
"""
