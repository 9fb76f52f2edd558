"""Exercises of the chapter lenet, a file each."""
