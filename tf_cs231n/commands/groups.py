"""A group of commands that asks what a mistyped one was meant to be."""

import difflib

import click


class Group(click.Group):
    """click's, with "did you mean"; click itself asks so for options."""

    def resolve_command(self, ctx, args):
        names = self.list_commands(ctx)
        near = difflib.get_close_matches(args[0], names)
        if near and args[0] not in names:
            ctx.fail(f"no command {args[0]!r}; did you mean {' or '.join(near)}?")
        return super().resolve_command(ctx, args)
