"""A batch over several processes: each runs the command itself, on the inputs it is handed.

Who asked keeps the record and prints and adds up the results; the workers load, run and write.
"""

import collections
import contextlib
import functools
import importlib
import io
import itertools
import os
import queue
import threading

import click

from tf_cs231n import terminal
from tf_cs231n.commands.batches import Batch
from tf_cs231n.commands.option_types import refuse_given
from tf_cs231n.commands.outputs import write
from tf_cs231n.errors import InputError
from tf_cs231n.files import extension
from tf_cs231n.interruption import stoppable
from tf_cs231n.jobs import share
from tf_cs231n.jobs.worker import Lost, Worker

# What a worker did with an input. place: among all inputs. rows: of results. lines: to print.
# whole: False where a stop cut it short. reason: why it could not be read, else None.
Found = collections.namedtuple("Found", "place rows lines whole reason")


class SharedBatch(Batch):
    """A `Batch` whose inputs are done elsewhere.

    Args:
      jobs, scheduler: as for `jobs.share`.
      names, **arguments: as for `Batch`.
    """

    def __init__(self, jobs, scheduler, names, **arguments):
        super().__init__(names, **arguments)
        why = "needs one process; leave --jobs and --scheduler out"
        refuse_given({"out", *self._alone}, why)
        if terminal.STANDARD in [each.name for each in self.inputs]:
            raise InputError(f"-: standard input {why}")
        self._where = {"jobs": jobs, "scheduler": scheduler}

    def shared(self):
        context = click.get_current_context()
        params = {**context.params, "json_file": None, "csv_file": None}
        params["images"] = tuple(each.name for each in self.inputs)
        given = {name: context.get_parameter_source(name) for name in params}
        function = context.command.callback
        place = function.__module__, function.__name__
        work = functools.partial(CommandWorker, place, params, given, os.getcwd())
        with self, self._progress() as self._bar, stoppable() as stop:
            self._share(work, stop)
        return True

    def _share(self, work, stop):
        self._found, self._next, sent = {}, 0, []
        for number, done in share(work, self._to_do(sent), stop, **self._where):
            places = sent[number]
            if isinstance(done, Lost):
                found, printed = [Found(n, (), [], False, str(done)) for n in places], ""
            else:
                found, printed = done
            if number == 0 and printed:
                self._bar.write(printed.rstrip())
            self._note(found)
            self._bar.update(len(places))
        self._tell(to_the_end=True)
        self._record.remove_unfinished()  # by those that were killed

    def _to_do(self, sent):
        """The places of each chunk's inputs, without those that are done; also put into sent."""
        numbers = itertools.count()
        for inputs in self._chunks():
            places = []
            for each, place in zip(inputs, numbers):
                with contextlib.suppress(OSError):  # the worker will say it
                    each.rows = self._record.rows(each, each.name)
                if each.rows is None:
                    places.append(place)
            self._bar.update(len(inputs) - len(places))
            if places:
                self._record.begin()
                sent.append(places)
                yield places

    def _note(self, found):
        """Put what is written into the record at once; print in the inputs' order."""
        for each in found:
            self._found[each.place] = each
            self._written += each.reason is None
            if each.whole:
                self._record.add(self.inputs[each.place], each.rows)
        self._tell()

    def _tell(self, to_the_end=False):
        while self._next < len(self):
            each, found = self.inputs[self._next], self._found.pop(self._next, None)
            if found is None and each.rows is None and not to_the_end:
                return
            self._next += 1
            if found is None:
                self._add(each, each.rows or ())
            elif found.reason is not None:
                self._skip(each, found.reason)
            else:
                if found.lines:
                    self.echo(*found.lines)
                self._add(each, found.rows)


class CommandWorker(Worker):
    """A command that runs in this process and takes its inputs chunk by chunk.

    It runs in a thread of its own, since it asks for the next chunk as `Batch.run` does, from
    within its session.

    Args:
      place: the command's module, and its name there.
      params: its options.  given: where each is from, click's ``ParameterSource``.
      folder: to which names of files are relative.
    """

    def __init__(self, place, params, given, folder):
        os.chdir(folder)
        self.found, self._failed = [], None
        self._todo, self._done = queue.Queue(), queue.Queue()
        self._printed, self._opening = io.StringIO(), ""
        arguments = place, params, given
        self._thread = threading.Thread(target=self._run, args=arguments, daemon=True)
        self._thread.start()

    def __call__(self, chunk):
        if self._failed is None:
            self._todo.put(chunk)
            done = self._done.get()
            if not isinstance(done, BaseException):
                return done
            self._failed = done
        raise self._failed

    def close(self):
        self._todo.put(None)
        self._thread.join()

    def chunks(self):
        """Yield chunks, lists of places, and answer with what was found in each."""
        self._opening = self._printed.getvalue()  # what is printed later is about one image
        for places in iter(self._todo.get, None):
            yield places
            self._answer()

    def _answer(self):
        self._done.put((self.found, self._opening))
        self.found = []

    def _run(self, place, params, given):
        printed = contextlib.ExitStack()
        try:
            module, name = place
            command = getattr(importlib.import_module(module), name)
            printed.enter_context(contextlib.redirect_stdout(self._printed))
            printed.enter_context(contextlib.redirect_stderr(self._printed))
            with printed, click.Context(command, info_name=name, obj=self) as context:
                context.params = params
                for name, source in given.items():
                    context.set_parameter_source(name, source)
                context.invoke(command.callback, **params)
        except KeyboardInterrupt:  # a `Stopped`: what is written is whole
            pass
        except BaseException as error:
            self._done.put(error)
            return
        self._answer()  # for a chunk that it was stopped in


class Share(Batch):
    """The inputs of a `Batch` that this process does; the rest of them are done elsewhere.

    Args:
      worker: the `CommandWorker`.
      names, **arguments: as for `Batch`.
    """

    def __init__(self, worker, names, **arguments):
        super().__init__(names, **arguments)
        self._worker, self._lines = worker, []
        self._places = {each: place for place, each in enumerate(self.inputs)}

    def _open_record(self, resume):
        return None

    def _chunks(self):
        for places in self._worker.chunks():
            yield [self.inputs[place] for place in places]

    def _skip(self, each, reason):
        self._worker.found.append(Found(self._places[each], (), [], False, reason))

    def echo(self, *lines):
        self._lines += lines

    def keep(self, each, *rows, **made):
        write(each.out, made[extension(each.out)[1:]](), overwrite=True)
        found = Found(self._places[each], rows, self._lines, each not in self._cut, None)
        self._worker.found.append(found)
        self._lines = []

    def __exit__(self, *error):
        self.results.__exit__(*error)
