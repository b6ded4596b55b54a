"""The pages: thin, they hand a component its run and keep the address in step."""
