"""A class of learners: nbgrader with our own grading in it."""
