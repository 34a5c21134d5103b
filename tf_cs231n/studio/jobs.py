"""Jobs: a request only enqueues one, a thread runs them in order, and tells their tabs."""

import collections
import importlib
import inspect
import json
import sys
import threading
import time
import traceback

from tf_cs231n.errors import InputError, short
from tf_cs231n.interruption import Stop, Stopped

# panel: its module, whose ``ACTIONS`` are functions of (studio, job, **arguments). One that takes
# seconds yields between its steps, so that clicks need not wait for its end.
PANELS = {
    "explain": "tf_cs231n.studio.explain",
    "fool": "tf_cs231n.studio.fool",
    "visualize": "tf_cs231n.studio.visualize",
    "caption": "tf_cs231n.studio.caption",
    "style": "tf_cs231n.studio.style",
    "gan": "tf_cs231n.studio.gan",
    "theory": "tf_cs231n.studio.theory",
    "assignment": "tf_cs231n.studio.assignment",
}

# Those that take minutes make sessions of their own, in a thread of their own (1), so that clicks
# elsewhere are answered meanwhile; checks run in child processes, started by a third (2); a fourth
# (3) reads what trainings write and the images they learn.
WORKERS = {
    ("caption", "train"): 1,
    ("style", "paint"): 1,
    ("gan", "find"): 3,
    ("gan", "look"): 3,
    ("gan", "grid"): 3,
    ("gan", "nearest"): 3,
    ("assignment", "look"): 2,
    ("assignment", "hint"): 2,
    ("assignment", "new"): 2,
}

MAX_WAITING = 24  # jobs in the queue; further ones are refused
MAX_TABS = 16  # the one that was heard of least recently is forgotten
KEPT_BYTES = 8 << 20  # of what a tab was not seen to have heard


class Tab:
    """What one browser tab is to be told, in order; kept until it is known to have heard it."""

    def __init__(self):
        self._changed = threading.Condition()
        self._events = collections.OrderedDict()  # key: (number, text)
        self._number = self._size = 0
        self._streams = 0

    def send(self, kind, replaces=None, **data):
        """Tell the tab; ``replaces``: a key, of which only the latest event is kept."""
        text = json.dumps({"kind": kind, **data})
        with self._changed:
            self._number += 1
            self._drop(replaces)
            self._events[replaces or self._number] = (self._number, text)
            self._size += len(text)
            while self._size > KEPT_BYTES and len(self._events) > 1:
                self._drop(next(iter(self._events)))
            self._changed.notify_all()

    def _drop(self, key):
        if key in self._events:
            self._size -= len(self._events.pop(key)[1])

    def listen(self, heard=0, closed=lambda: False, patience=10):
        """Yield (number, text) of what comes after the number ``heard``, and None when it is quiet.

        Only the latest stream of a tab goes on: a page that was reloaded has left its old one.
        """
        with self._changed:
            self._streams += 1
            stream = self._streams
            for key in [k for k, (number, _) in self._events.items() if number <= heard]:
                self._drop(key)
            self._changed.notify_all()
        while not closed():
            with self._changed:
                if stream != self._streams:
                    return
                new = [event for event in self._events.values() if event[0] > heard]
                if not new and self._changed.wait(patience):
                    continue
            for number, text in new:
                heard = number
                yield number, text
            if not new:
                yield None


class Job:
    """Work that a tab asked for.

    Attributes:
      tab: the `Tab` to tell.  id: the tab's name for the job, which its events carry.
      slot: of two jobs of one tab and slot the newer replaces the older.
      stop: its own `interruption.Stop`.
      give_way: a callback of a long step calls it, so that clicks need not wait for its end.
    """

    def __init__(self, tab, id, slot, work):
        self.tab, self.id, self.slot, self.work = tab, id, slot, work
        self.stop, self.give_way = Stop(), lambda: None

    def send(self, kind, latest=False, **data):
        """Tell the tab; of ``latest`` events of a kind only the last one matters."""
        replaces = f"{self.id} {kind}" if latest else None
        self.tab.send(kind, replaces, job=self.id, **data)

    def run(self, give_way=lambda: None):
        """Do the work; between two of its steps, where it yields, call ``give_way()``."""
        self.give_way = give_way
        try:
            for _ in self.work(self) or ():
                give_way()
            self.send("done", stopped=bool(self.stop))
        except (Stopped, KeyboardInterrupt):
            self.send("done", stopped=True)
        except InputError as error:
            self.send("error", text=str(error))
        except Exception as error:
            self.send("error", text=_told(error))


def _told(error):
    """A line for the page about an error that is no user's mistake, whose traceback is printed."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "out of memory: close other programs, or ask for a smaller image"
    traceback.print_exc(file=sys.stderr)
    return f"{type(error).__name__}: {short(error)} (the terminal shows more)"


class Seldom:
    """True when it is called, and then again after so many seconds: for previews."""

    def __init__(self, seconds=0.25):
        self._seconds, self._next = seconds, 0

    def __call__(self):
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class Busy(Exception):
    """The queue is full."""


class Worker:
    """One thread that runs jobs in order; what comes while a long one runs goes between its steps.

    Args:
      name: of the thread.
      context: a context manager that the thread is in while it runs jobs.
    """

    def __init__(self, name, context):
        self._changed = threading.Condition()
        self._waiting, self._running, self._closed = collections.deque(), [], False
        self._context = context
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def put(self, job):
        """Enqueue a job. One of the same tab and slot gives way to it.

        Raises:
          Busy: too many wait already.
        """
        with self._changed:
            for old in self._of(lambda old: (old.tab, old.slot) == (job.tab, job.slot)):
                self._end(old, "replaced")
            if len(self._waiting) >= MAX_WAITING:
                raise Busy()
            self._waiting.append(job)
            ahead = len(self._waiting) - 1 + len(self._running)
            if ahead:
                job.send("waiting", latest=True, ahead=ahead)
            self._changed.notify_all()

    def stop(self, tab, id=None):
        """Stop a tab's job of this id, or all of the tab's; those that wait never begin."""
        with self._changed:
            for job in self._of(lambda job: job.tab is tab and id in (None, job.id)):
                self._end(job, "request")

    def _of(self, wanted):
        return [job for job in (*self._waiting, *self._running) if wanted(job)]

    def _end(self, job, reason):
        job.stop.request(reason)
        if job in self._waiting:
            self._waiting.remove(job)
            job.send("done", stopped=True)

    def close(self):
        """Stop everything; the thread ends when the running job does."""
        with self._changed:
            self._closed = True
            for job in self._of(lambda job: True):
                self._end(job, "the end of the studio")
            self._changed.notify_all()

    def _run(self):
        with self._context:
            while not self._closed:
                with self._changed:
                    while not self._waiting and not self._closed:
                        self._changed.wait()
                self._run_waiting()

    def _run_waiting(self):
        """Run what waits now; also called between the steps of a job that runs already."""
        for _ in range(len(self._waiting)):
            with self._changed:
                if not self._waiting:
                    return
                job = self._waiting.popleft()
                self._running.append(job)
                for place, other in enumerate(self._waiting, start=len(self._running)):
                    other.send("waiting", latest=True, ahead=place)
            job.send("begun", latest=True)
            job.run(self._run_waiting)
            with self._changed:
                self._running.remove(job)


def action(panel, name, arguments):
    """The work of a request: a function of (studio, job) that calls the panel's action.

    Raises:
      InputError: an unknown panel or action, or arguments that the action does not take.
    """
    if panel not in PANELS:
        raise InputError(f"panel: got {short(panel)}, expected one of {', '.join(PANELS)}")

    def work(studio, job):
        actions = importlib.import_module(PANELS[panel]).ACTIONS
        if name not in actions:
            raise InputError(f"action: got {short(name)}, expected one of {', '.join(actions)}")
        try:
            inspect.signature(actions[name]).bind(studio, job, **arguments)
        except TypeError as error:
            raise InputError(f"{panel} {name}: {short(error)}") from error
        return actions[name](studio, job, **arguments)

    return work
