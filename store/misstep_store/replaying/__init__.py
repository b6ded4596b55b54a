"""Executing stored runs again: the recording out of the store, the job, the child process."""
