"""Exercises of the chapter channels, a file each."""
