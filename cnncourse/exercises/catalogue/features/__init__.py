"""Exercises of the chapter features, a file each."""
