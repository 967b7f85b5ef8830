"""Exports of a cluster, or of this machine, by a server of Spark Connect."""
