"""Commands whose options are arguments of library functions: defaults are set there alone."""

import importlib
import inspect

import click

from tf_cs231n.commands.option_types import refuse_given


def library_command(*functions, base=None):
    """A click command that shows in its help the defaults of these library functions.

    With ``base``, a function that they hand their other arguments to, its defaults stand where
    theirs say nothing.

    An option that was not given is None, and `given` leaves it out of the call. The functions are
    named, not imported, since that loads TensorFlow: ``"tf_cs231n.saliency:make_fooling_image"``.
    """

    class Command(click.Command):
        def format_options(self, ctx, formatter):
            defaults = {**_defaults([base] if base else []), **_defaults(functions)}
            for option in self.params:
                # click 8.3 marks "no default" by another value than None, so that is not asked.
                if option.name in defaults and option.help and not option.show_default:
                    values = " or ".join(defaults[option.name])
                    option.help = f"{option.help.split('  [')[0]}  [default: {values}]"
            super().format_options(ctx, formatter)

    settings = {"help_option_names": ["-h", "--help"]}
    return click.command(cls=Command, context_settings=settings)


def given(function, options):
    """Those of the options that were given and that ``function`` takes, as a dict."""
    names = inspect.signature(function).parameters
    return {k: v for k, v in options.items() if v is not None and k in names}


def all_arguments(function, options):
    """`given`, and the defaults of the function's other keyword arguments."""
    parameters = inspect.signature(function).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {**defaults, **given(function, options)}


def refuse_unused(functions, options, why):
    """Raise an `InputError` if an option was given that none of these functions takes.

    But ``--seed`` may stand wherever nothing is random.

    Args:
      functions: those that will run.
      options: names of the command's options that are arguments of such functions.
      why: the end of the message, such as "-m gradient does not use it".
    """
    taken = {name for function in functions for name in inspect.signature(function).parameters}
    refuse_given(set(options) - taken - {"seed"}, why)


def _defaults(functions):
    """Argument: the texts of its defaults, in the functions' order, each once."""
    defaults = {}
    for name in functions:
        module, function = name.split(":")
        parameters = inspect.signature(
            getattr(importlib.import_module(module), function)
        ).parameters
        for argument in parameters.values():
            default = argument.default
            if isinstance(default, tuple):
                default = " ".join(map(str, default))
            if isinstance(default, (bool, int, float, str)):
                texts = defaults.setdefault(argument.name, [])
                if str(default) not in texts:
                    texts.append(str(default))
    return defaults
