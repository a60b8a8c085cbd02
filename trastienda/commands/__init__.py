"""The commands, one module a family; each brings what it needs when it is called."""
