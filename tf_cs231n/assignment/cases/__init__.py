"""What each task is tried on, and how it is called: a list ``TASKS`` in each module."""
