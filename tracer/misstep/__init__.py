"""misstep: record every model hop of a pipeline and find where it first went wrong."""
