"""The face to shells, hooks and CI: the editor's tasks on files and diffs (docs/headless.md).

Like `doctor`, a composition root: it may import anything, and nothing imports it but the command
line.
"""
