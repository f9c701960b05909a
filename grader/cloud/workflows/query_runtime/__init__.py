"""What evaluates JSONata: it runs in an execution environment, as an expression is somebody's program."""
