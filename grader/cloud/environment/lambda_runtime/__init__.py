"""What runs inside: nursery, zygote, the guardian of each environment, and an imitation of AWS's Python runtime.

Nothing here imports anything of grader: this folder is started as a top-level package by the interpreter that becomes
the zygote (see ``grader.cloud.environment.zygote``), so that neither checks nor moto are ever in its memory.

level 3         nursery ──fork──► guardian, pid 1 of namespaces of its own: a room, made before it is needed
                   └─fork─► zygote (boto3 warm) ──fork──► the function's process in the room (student code only here)
levels 1 and 2  zygote ──fork──► guardian ──fork──► the function's process (student code only here)
"""
