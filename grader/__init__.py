"""Running Serverless, the notebook course: a local AWS, checks that judge by behaviour, and the notebooks."""
