"""Three hints a task: where to look, the formula, the shape of the line.

A dict ``HINTS`` in each module; hints are given one at a time, and the solution only after them.
"""
