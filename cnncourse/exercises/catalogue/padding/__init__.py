"""Exercises of the chapter padding, a file each."""
