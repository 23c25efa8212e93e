"""What a file's columns mean, written down once as TOML: the model, its reader and writer."""
