"""One small class for each type of resource: create, update, delete."""
