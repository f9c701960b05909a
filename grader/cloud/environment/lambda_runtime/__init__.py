"""What runs inside: the zygote, the guardian of each environment, and an imitation of AWS's Python runtime.

Nothing here imports anything of grader: this folder is started as a top-level package by the interpreter that becomes
the zygote (see ``grader.cloud.environment.zygote``), so that neither checks nor moto are ever in its memory.

zygote ──fork──► guardian (pid 1 of its own namespaces) ──fork──► the function's process (student code only here)
"""
