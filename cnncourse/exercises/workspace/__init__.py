"""A learner's answers outside of a running notebook: a folder of plain files, or a notebook's file."""

from cnncourse.exercises.workspace.folder import Workspace

__all__ = ["Workspace"]
