"""What the team calls when a cause has been mended."""

# YOUR CODE HERE
raise NotImplementedError()
