"""``python -m cnncourse``: the command, where the shell does not find it."""

from cnncourse.exercises.terminal import main

if __name__ == "__main__":
    main()
