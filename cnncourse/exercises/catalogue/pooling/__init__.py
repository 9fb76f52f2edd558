"""Exercises of the chapter pooling, a file each."""
