"""Exercises of the chapter cross_correlation, a file each."""
