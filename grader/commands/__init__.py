"""The commands of the program ``grader``, one module for each group of people who use them."""

from grader.commands.command import Command

__all__ = ["Command"]
