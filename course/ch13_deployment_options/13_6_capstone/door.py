"""What strangers reach: grants for uploads, and the number of pictures so far."""

# YOUR CODE HERE
raise NotImplementedError()
