"""Grading on many machines: Dask carries the answers to workers, which judge them in warm processes of their own."""

from grader.classroom.cluster.cluster import Cluster, open_cluster

__all__ = ["Cluster", "open_cluster"]
