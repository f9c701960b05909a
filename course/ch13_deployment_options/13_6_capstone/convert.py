"""What happens to an upload, behind the scenes."""

# YOUR CODE HERE
raise NotImplementedError()
