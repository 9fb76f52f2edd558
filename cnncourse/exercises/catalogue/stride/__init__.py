"""Exercises of the chapter stride, a file each."""
