"""The reference of every task, written plainly: the answers.

A task's docstring here is what its skeleton says, so it tells what to compute, never how; the body
is the answer, which learners meet last, after the hints. `tf_cs231n.assignment.mistakes` edits
single lines of these bodies, so each quantity stands on a line of its own.
"""
