"""One file that says all there is to say of a version.

``gathered`` asks for it, ``sections`` puts it in order, ``parts`` write it by the templates.
"""
