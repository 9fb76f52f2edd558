"""What graders need: reports on many answers, and the instructors' pack."""
