"""Exercises of the chapter introduction, a file each."""
