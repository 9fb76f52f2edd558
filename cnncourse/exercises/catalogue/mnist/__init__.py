"""Exercises of the chapter mnist, a file each."""
