"""Which collaborators a function gets; one module each, made on first use."""
