"""What turns the sources of the book into notebooks and pages. Nothing here is needed to read or run the course."""
