"""Games, data, views, penalties and augmentations as a user's own project has them: named by dotted paths."""
